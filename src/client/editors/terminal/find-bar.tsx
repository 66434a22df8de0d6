import { useState } from 'react'

/** Finds in the lines of a terminal, those scrolled away included. */
export function FindBar(props: {
  readonly find: (text: string, direction: 'next' | 'previous') => boolean
  readonly onClose: () => void
}) {
  const { find, onClose } = props
  const [text, setText] = useState('')
  const [found, setFound] = useState(true)
  const go = (direction: 'next' | 'previous'): void => {
    if (text) setFound(find(text, direction))
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it wherever in it the focus is
    <form
      className="term-find"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        go('previous')
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <input
        type="search"
        aria-label="Find in the terminal"
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- it opens because somebody asked to find something
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setFound(event.target.value ? find(event.target.value, 'previous') : true)
        }}
      />
      <button type="submit">Previous</button>
      <button type="button" onClick={() => go('next')}>
        Next
      </button>
      <button type="button" onClick={onClose}>
        Close
      </button>
      <span role="status">{found ? '' : 'Not found'}</span>
    </form>
  )
}
