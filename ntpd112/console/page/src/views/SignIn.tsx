import { useEffect, useRef, useState } from "preact/hooks"
import { ApiError, signIn } from "../api.ts"
import { errorText, t } from "../i18n/messages.ts"
import { followAccount } from "../store/settings.ts"
import { begin, ended } from "../store/state.ts"
import { LanguageChoice } from "./Choices.tsx"

export function SignIn() {
  const [name, setName] = useState("")
  const [password, setPassword] = useState("")
  const [shown, show] = useState(false)
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<ApiError | "empty" | null>(ended.value ? new ApiError("signed_out") : null)
  const nameField = useRef<HTMLInputElement>(null)
  const passwordField = useRef<HTMLInputElement>(null)

  useEffect(() => nameField.current?.focus(), [])
  useCountdown(error, setError)

  async function submit(event: Event) {
    event.preventDefault()
    if (busy) return
    if (!name.trim() || !password) return setError("empty")
    setBusy(true)
    try {
      const signedIn = await signIn(name.trim(), password)
      followAccount(signedIn.language)
      begin(signedIn)
    } catch (failed) {
      setError(failed instanceof ApiError ? failed : new ApiError("server_failed"))
      setBusy(false)
      passwordField.current?.select()
    }
  }

  const text = error === null ? "" : error === "empty" ? t("fillIn") : errorText(error)
  const spoken = useSpoken(text)
  return (
    <main class="sign-in">
      <form class="panel" onSubmit={submit} method="post" noValidate>
        <h1>
          <span class="badge">112</span> {t("signInTitle")}
        </h1>
        <label for="name">{t("name")}</label>
        <input
          id="name"
          name="username"
          ref={nameField}
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          aria-describedby="sign-in-error"
        />
        <label for="password">{t("password")}</label>
        <input
          id="password"
          name="password"
          ref={passwordField}
          {...(shown ? ({ type: "text" } as const) : ({ type: "password" } as const))}
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
          autocomplete="current-password"
          required
          aria-describedby="sign-in-error"
        />
        <label class="check">
          <input type="checkbox" checked={shown} onChange={() => show(!shown)} /> {t("showPassword")}
        </label>
        <p id="sign-in-error" class={text ? "error" : "error empty"}>
          {text}
        </p>
        <p class="hidden" role="alert">
          {spoken}
        </p>
        <button type="submit" class="button primary" aria-disabled={busy}>
          {busy ? t("signingIn") : t("signIn")}
        </button>
        <LanguageChoice />
      </form>
    </main>
  )
}

/** The text without its countdown going on: read aloud once, not every second. */
function useSpoken(text: string): string {
  const last = useRef("")
  const same = text.replace(/\d+/g, "") === last.current.replace(/\d+/g, "")
  if (!same) last.current = text
  return last.current
}

/** Counts down how long to wait, and takes the error away when the time is over. */
function useCountdown(error: ApiError | "empty" | null, set: (error: ApiError | null) => void) {
  useEffect(() => {
    if (!(error instanceof ApiError) || error.waitS <= 0) return
    const timer = setTimeout(() => {
      const left = error.waitS - 1
      set(left > 0 ? new ApiError(error.code, error.message, error.cure, left) : null)
    }, 1000)
    return () => clearTimeout(timer)
  }, [error])
}
