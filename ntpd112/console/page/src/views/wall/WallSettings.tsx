/** What may be chosen at the wall. */

import { useRef, useState } from "preact/hooks"
import { t } from "../../i18n/messages.ts"
import { useKey } from "../../keys.ts"
import { LanguageChoice, WallThemeChoice } from "../Choices.tsx"
import { Icon } from "../Icon.tsx"
import { leave, useOutside } from "../Settings.tsx"

export function WallSettings() {
  const [open, setOpen] = useState(false)
  const whole = useRef<HTMLDivElement>(null)
  useKey("Escape", () => setOpen(false), open)
  useOutside(whole, open, () => setOpen(false))
  return (
    <div class="settings" ref={whole}>
      <button type="button" class="button plain" aria-expanded={open} aria-label={t("settings")} onClick={() => setOpen(!open)}>
        <Icon name="gear" />
      </button>
      {open && (
        <section class="panel sheet" aria-label={t("settings")}>
          <LanguageChoice />
          <WallThemeChoice />
          <a class="button" href="./">
            {t("wallBack")}
          </a>
          <button type="button" class="button" onClick={leave}>
            {t("signOut")}
          </button>
        </section>
      )}
    </div>
  )
}
