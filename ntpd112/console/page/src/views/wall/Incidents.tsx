/** The latest incidents: when, what, and in which district, as far as that is known. */

import type { WallIncident } from "../../contract.ts"
import { t } from "../../i18n/messages.ts"
import { language } from "../../store/settings.ts"
import { now } from "../../store/state.ts"
import { whenItWas } from "../../when.ts"

export function Incidents({ incidents, zone }: { incidents: readonly WallIncident[]; zone: string }) {
  return (
    <section class="panel latest">
      <h2>{t("wallIncidents")}</h2>
      {incidents.length === 0 && <p class="quiet">{t("wallNoIncidents")}</p>}
      <ul>
        {incidents.map((incident, place) => (
          <li key={`${incident.at} ${place}`}>
            <time>{whenItWas(incident.at, now.value, zone, language.value)}</time>
            <strong>{incident.type === null ? t("wallNoType") : incident.label}</strong>
            <span>{incident.district}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
