import { useId } from 'react'
import type { InputHTMLAttributes, ReactNode, TextareaHTMLAttributes } from 'react'

interface LabelProps {
  readonly label: string
  readonly hint?: ReactNode
}

/** A labelled input. Its hint is read with it. */
export function Field(props: LabelProps & InputHTMLAttributes<HTMLInputElement>): ReactNode {
  const { label, hint, ...input } = props
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" {...describedBy(id, hint)} {...input} />
      <Hint id={id} hint={hint} />
    </div>
  )
}

export function TextField(
  props: LabelProps & TextareaHTMLAttributes<HTMLTextAreaElement>,
): ReactNode {
  const { label, hint, ...input } = props
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} className="input" {...describedBy(id, hint)} {...input} />
      <Hint id={id} hint={hint} />
    </div>
  )
}

interface ChoiceProps extends LabelProps {
  readonly value: string
  readonly onValue: (value: string) => void
  readonly choices: readonly (readonly [value: string, text: string])[]
  readonly disabled?: boolean
}

/** One of a few: the browser's own list, which every phone and screen reader knows. */
export function ChoiceField(props: ChoiceProps): ReactNode {
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{props.label}</label>
      <select
        id={id}
        className="input"
        value={props.value}
        disabled={props.disabled}
        onChange={(event) => props.onValue(event.target.value)}
        {...describedBy(id, props.hint)}
      >
        {props.choices.map(([value, text]) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </select>
      <Hint id={id} hint={props.hint} />
    </div>
  )
}

interface SwitchProps extends LabelProps {
  readonly checked: boolean
  readonly onChecked: (checked: boolean) => void
}

export function CheckField(props: SwitchProps): ReactNode {
  const id = useId()
  return (
    <div className="check">
      <input
        id={id}
        type="checkbox"
        checked={props.checked}
        onChange={(event) => props.onChecked(event.target.checked)}
        {...describedBy(id, props.hint)}
      />
      <div>
        <label htmlFor={id}>{props.label}</label>
        <Hint id={id} hint={props.hint} />
      </div>
    </div>
  )
}

function Hint({ id, hint }: { readonly id: string; readonly hint: ReactNode }): ReactNode {
  if (hint === undefined) return null
  return (
    <div id={`${id}-hint`} className="hint">
      {hint}
    </div>
  )
}

function describedBy(id: string, hint: ReactNode): { 'aria-describedby'?: string } {
  return hint === undefined ? {} : { 'aria-describedby': `${id}-hint` }
}
