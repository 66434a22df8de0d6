import { useId, useState } from 'react'
import type { FormEvent } from 'react'

import type { Question } from './pieces.ts'

/** A running cell asks; the first answer counts. */
export function QuestionForm(props: {
  readonly question: Question
  readonly answer: ((value: string) => Promise<void>) | undefined
}) {
  const { question, answer } = props
  const [value, setValue] = useState(question.value)
  const [sending, setSending] = useState(false)
  const [problem, setProblem] = useState('')
  const id = useId()
  if (question.submitted)
    return (
      <div className="ws-question">
        <span>{question.prompt || 'Answer'}</span>{' '}
        <output>{question.hidden ? '••••' : question.value}</output>
      </div>
    )
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault()
    if (!answer) return
    setSending(true)
    setProblem('')
    try {
      await answer(value)
    } catch (error) {
      setSending(false)
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <form className="ws-question" onSubmit={(event) => void submit(event)}>
      <label htmlFor={id}>{question.prompt || 'Answer'}</label>
      <input
        id={id}
        type={question.hidden ? 'password' : 'text'}
        autoComplete="off"
        value={value}
        placeholder={question.placeholder}
        disabled={!answer || sending}
        onChange={(event) => setValue(event.target.value)}
      />
      <button type="submit" disabled={!answer || sending}>
        Answer
      </button>
      {problem && <span role="alert">{problem}</span>}
    </form>
  )
}
