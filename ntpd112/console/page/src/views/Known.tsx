/** What is known of the number that calls: marks, open incidents, earlier calls. */

import { act } from "../act.ts"
import { linkCall } from "../api.ts"
import { clockTime } from "../format.ts"
import { messages, t } from "../i18n/messages.ts"
import { typeLabel } from "../store/select.ts"
import { call, room } from "../store/state.ts"
import { known } from "../work/work.ts"
import { Icon } from "./Icon.tsx"

const SHOWN = 6

export function Known() {
  const caller = known.value
  if (!caller) return null
  const { mark, incidents, calls } = caller
  if (!mark && incidents.length === 0 && calls.length === 0) return <p class="quiet">{t("firstCall")}</p>
  return (
    <div class="known">
      {mark && (
        <p class="status bad">
          <Icon name="warning" /> {messages.value.marked(mark.mark, mark.by, clockTime(mark.until))}
        </p>
      )}
      {incidents.map((one) => (
        <p key={one.incident} class="status break">
          <Icon name="alarm" />
          {messages.value.openIncident(typeLabel(room.value, one.type) ?? t("noType"), clockTime(one.opened_at))}
          <Link incident={one.incident} />
        </p>
      ))}
      {calls.length > 0 && (
        <details>
          <summary>{messages.value.earlierCalls(calls.length)}</summary>
          <ul>
            {calls.slice(0, SHOWN).map((one) => (
              <li key={one.call}>
                {clockTime(one.arrived_at)} {one.call_class ? t(`class_${one.call_class}`) : t("notSaid")}{" "}
                <span class="quiet">{typeLabel(room.value, one.type) ?? ""}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  )
}

/** Say that this call reports an incident that is known already. */
function Link({ incident }: { incident: string }) {
  const current = call.value
  if (!current || current.incident_id === incident || current.connected_at === null) return null
  const link = () => void act("commandFailed", () => linkCall(incident, current.call_id))
  return (
    <button type="button" class="button small" onClick={link}>
      {t("sameIncident")}
    </button>
  )
}
