import { durationText, plural } from '../app/words.ts'
import type { MergeSummary } from '../sync/merge-summary.ts'
import type { OpenDocument } from '../sync/open-document.ts'
import { useObservable } from '../ui/use-observable.ts'
import { piecesText } from './kept-messages.tsx'

/** People that are named; the others are counted together. */
const NAMED_MAX = 4

/** What came together when this page was back, until the person has read it. */
export function MergedMessage({ document }: { readonly document: OpenDocument }) {
  const merged = useObservable(document.merged)
  const kept = useObservable(document.kept)
  if (!merged) return null
  return (
    <p className="doc-message" role="status">
      {mergedText(merged)} {kept.length > 0 && `${piecesText(kept.length)} `}
      <button type="button" onClick={document.dismissMerged}>
        Got it
      </button>
    </p>
  )
}

/** `You were away for 3 hours. Your 12 changes are merged. Meanwhile Bob made 30 changes and Ada 1 change.` */
export function mergedText(merged: MergeSummary): string {
  const { own, fromClosedTab, awayMs } = merged
  const sentences: string[] = []
  if (!fromClosedTab) sentences.push(`You were away for ${durationText(awayMs)}.`)
  if (own > 0) {
    const which = fromClosedTab ? ' from a tab that was closed' : ''
    sentences.push(
      own === 1 ? `Your change${which} is merged.` : `Your ${own} changes${which} are merged.`,
    )
  }
  sentences.push(othersText(merged))
  return sentences.join(' ')
}

function othersText({ others, othersChanged }: MergeSummary): string {
  if (!othersChanged) return 'Nothing else was changed meanwhile.'
  const [first, ...rest] = others
  if (!first) return 'Meanwhile it was changed elsewhere too.'
  const named = rest.slice(0, NAMED_MAX - 1).map(({ name, changes }) => `${name} ${changes}`)
  const more = rest.slice(NAMED_MAX - 1).reduce((sum, { changes }) => sum + changes, 0)
  if (more > 0) named.push(`others ${more}`)
  const made = `Meanwhile ${first.name} made ${plural(first.changes, 'change')}`
  if (named.length === 0) return `${made}.`
  return `${[made, ...named.slice(0, -1)].join(', ')} and ${named.at(-1) ?? ''}.`
}
