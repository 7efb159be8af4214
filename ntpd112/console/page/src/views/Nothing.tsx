import { t } from "../i18n/messages.ts"
import { room } from "../store/state.ts"

/** Says that there is nothing, once the server has said so. */
export function Nothing({ text }: { text: string }) {
  return <p class="empty">{room.value.known ? text : t("loading")}</p>
}
