import { useRef } from 'react'

import type { WorksheetActions } from './actions.ts'

/**
 * After something was chosen in a menu the focus goes to the active cell, where the choice did its work; a menu that
 * is only closed gives it back to its button.
 */
export function useMenuFocus(actions: WorksheetActions) {
  const chosen = useRef(false)
  return {
    choose: (run: () => void) => () => {
      chosen.current = true
      run()
    },
    finalFocus: (): HTMLElement | true => {
      const view = chosen.current ? actions.views.get(actions.activeCell.get() ?? '') : undefined
      chosen.current = false
      return view?.contentDOM ?? true
    },
  }
}
