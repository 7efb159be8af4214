import { useEffect, useRef, useState } from "preact/hooks"
import { signOut } from "../api.ts"
import { roleText, t } from "../i18n/messages.ts"
import { useKey } from "../keys.ts"
import { end, session } from "../store/state.ts"
import { KeysChoice, LanguageChoice, ThemeChoice } from "./Choices.tsx"
import { Icon } from "./Icon.tsx"
import { Password } from "./Password.tsx"

export function Settings() {
  const [open, setOpen] = useState(false)
  const [changing, change] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    change(false)
    button.current?.focus()
  }
  useKey("Escape", close, open)
  useOutside(whole, open, () => setOpen(false))
  return (
    <div class="settings" ref={whole}>
      <button type="button" class="button" ref={button} aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="gear" />
        <span class="label">{t("settings")}</span>
      </button>
      {open && (
        <section class="panel sheet" aria-label={t("settings")}>
          <LanguageChoice />
          <ThemeChoice />
          <KeysChoice />
          <a class="button" href="wall">
            {t("wall")}
          </a>
          <Account />
          <button type="button" class="button" aria-expanded={changing} onClick={() => change(!changing)}>
            {t("changePassword")}
          </button>
          {changing && <Password />}
          <button type="button" class="button" onClick={leave}>
            {t("signOut")}
          </button>
        </section>
      )}
    </div>
  )
}

function Account() {
  const current = session.value
  if (!current || current === "unknown") return null
  return (
    <p class="quiet">
      {t("account")}: {current.name} ({roleText(current.role)})
    </p>
  )
}

export async function leave() {
  try {
    await signOut()
  } finally {
    end(false)
  }
}

export function useOutside(inside: { current: HTMLElement | null }, on: boolean, act: () => void) {
  useEffect(() => {
    if (!on) return
    const pressed = (event: PointerEvent) => {
      if (event.target instanceof Node && !inside.current?.contains(event.target)) act()
    }
    addEventListener("pointerdown", pressed)
    return () => removeEventListener("pointerdown", pressed)
  }, [on])
}
