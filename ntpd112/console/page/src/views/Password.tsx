import { useState } from "preact/hooks"
import { ApiError, changePassword } from "../api.ts"
import { errorText, t } from "../i18n/messages.ts"
import { session } from "../store/state.ts"

export function Password() {
  const [old, setOld] = useState("")
  const [next, setNext] = useState("")
  const [again, setAgain] = useState("")
  const [said, say] = useState("")
  const current = session.value

  async function submit(event: Event) {
    event.preventDefault()
    if (next !== again) return say(t("notTheSame"))
    try {
      await changePassword(old, next)
      setOld("")
      setNext("")
      setAgain("")
      say(t("passwordChanged"))
    } catch (error) {
      say(why(error instanceof ApiError ? error : new ApiError("server_failed")))
    }
  }

  return (
    <form class="password" onSubmit={submit} method="post">
      <input
        class="hidden"
        type="text"
        autocomplete="username"
        value={current && current !== "unknown" ? current.name : ""}
        readOnly
        tabIndex={-1}
        aria-hidden="true"
      />
      <Field label={t("oldPassword")} name="old" value={old} set={setOld} complete="current-password" />
      <Field label={t("newPassword")} name="new" value={next} set={setNext} complete="new-password" />
      <Field label={t("repeatPassword")} name="again" value={again} set={setAgain} complete="new-password" />
      <p role="status">{said}</p>
      <button type="submit" class="button">
        {t("save")}
      </button>
    </form>
  )
}

function why(error: ApiError): string {
  if (error.code === "wrong_password") return t("oldWrong")
  if (error.code === "bad_request") return [t("notAccepted"), error.message, error.cure].filter(Boolean).join(" ")
  return errorText(error)
}

interface FieldProps {
  readonly label: string
  readonly name: string
  readonly value: string
  readonly set: (value: string) => void
  readonly complete: "current-password" | "new-password"
}

function Field({ label, name, value, set, complete }: FieldProps) {
  const id = `password-${name}`
  return (
    <>
      <label for={id}>{label}</label>
      <input
        id={id}
        type="password"
        value={value}
        onInput={(event) => set(event.currentTarget.value)}
        autocomplete={complete}
        required
      />
    </>
  )
}
