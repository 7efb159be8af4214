/** The place of the browser's telephone: microphone, ringing, line quality. */

import { t } from "../i18n/messages.ts"
import { Icon } from "./Icon.tsx"

export function Softphone() {
  return (
    <footer class="softphone" aria-label={t("softphone")}>
      <Icon name="phone" />
      <strong>{t("softphone")}</strong>
      <span class="quiet">{t("softphoneLater")}</span>
    </footer>
  )
}
