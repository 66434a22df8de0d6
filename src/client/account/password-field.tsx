import { useState } from 'react'
import type { ReactNode } from 'react'

import { Field } from '../ui/field.tsx'
import { passwordHint } from './password-strength.ts'

interface PasswordFieldProps {
  readonly label: string
  readonly value: string
  readonly onValue: (value: string) => void
}

/** A new password, with a hint of its strength, to be shown when asked. Pasting is welcome. */
export function PasswordField({ label, value, onValue }: PasswordFieldProps): ReactNode {
  const [shown, setShown] = useState(false)
  const { text, tone } = passwordHint(value)
  return (
    <div className="password">
      <Field
        label={label}
        type={shown ? 'text' : 'password'}
        autoComplete="new-password"
        required
        value={value}
        onChange={(event) => onValue(event.target.value)}
        hint={<span className={`strength strength-${tone}`}>{text}</span>}
      />
      <button
        type="button"
        className="button button-link"
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
      >
        {shown ? 'Hide' : 'Show'}
      </button>
    </div>
  )
}
