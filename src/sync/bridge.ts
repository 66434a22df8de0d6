import { transform } from './algebra.ts'
import type { Edit } from './edit.ts'
import type { Item } from './owner.ts'
import { editOf, spliceOf, transformSplices } from './splice.ts'
import type { Splice } from './splice.ts'

/**
 * Somebody else's item, as it is on a client's state. One change of one text is kept as its numbers: where everybody
 * types at once, and a client is behind by a second, its bridge has hundreds of items, over which each of its edits is
 * mapped. As ChangeSets that took so long that who was behind fell ever more behind.
 */
export type BridgeItem = { readonly v: number } & (
  | { readonly edit: Edit; readonly splice?: undefined }
  | { readonly splice: Splice; readonly edit?: undefined }
)

/** An item of the history, as it is on V(v - 1). */
export function bridgeItem({ v, edit }: Item): BridgeItem {
  return itemOf(v, edit)
}

export function bridgeEdit(item: BridgeItem): Edit {
  return item.splice === undefined ? item.edit : editOf(item.splice)
}

/** An edit over all of a bridge, and the bridge over the edit. @throws CodedError `bad_value` where they don't fit */
export function throughBridge(
  bridge: readonly BridgeItem[],
  edit: Edit,
): { edit: Edit; bridge: BridgeItem[] } {
  if (bridge.length === 0) return { edit, bridge: [] }
  let mapped = itemOf(0, edit)
  const over = bridge.map((item) => {
    const splices = mapped.splice && item.splice && transformSplices(mapped.splice, item.splice)
    if (splices) {
      mapped = { v: 0, splice: splices.incoming }
      return { v: item.v, splice: splices.committed }
    }
    const pair = transform(bridgeEdit(mapped), bridgeEdit(item))
    mapped = itemOf(0, pair.incoming)
    return itemOf(item.v, pair.committed)
  })
  return { edit: bridgeEdit(mapped), bridge: over }
}

function itemOf(v: number, edit: Edit): BridgeItem {
  const splice = spliceOf(edit)
  return splice === undefined ? { v, edit } : { v, splice }
}
