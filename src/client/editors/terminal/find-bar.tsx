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
