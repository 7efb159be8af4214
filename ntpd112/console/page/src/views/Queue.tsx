/** Who waits for a human, next first. */

import type { Call } from "../contract.ts"
import { messages, stageText, t } from "../i18n/messages.ts"
import { typeLabel } from "../store/select.ts"
import { room, waiting } from "../store/state.ts"
import { Nothing } from "./Nothing.tsx"
import { Waited } from "./Time.tsx"

export function Queue() {
  const all = waiting.value
  return (
    <section class="panel queue" aria-labelledby="queue-title">
      <h2 id="queue-title">
        {t("queue")} <span class="count">{messages.value.waitingCount(all.length)}</span>
      </h2>
      {all.length === 0 ? (
        <Nothing text={t("queueEmpty")} />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="queue-title">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("howLong")}</th>
                <th scope="col">{t("typeAndState")}</th>
                <th scope="col">{t("trunk")}</th>
              </tr>
            </thead>
            <tbody>
              {all.map((call) => (
                <Row key={call.call_id} call={call} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

function Row({ call }: { call: Call }) {
  return (
    <tr>
      <td>
        <Waited at={call.arrived_at} />
      </td>
      <td>
        <TypeName type={call.type} />
        <span class="below quiet">{stageText(call.state)}</span>
      </td>
      <td>
        <TrunkName call={call} />
      </td>
    </tr>
  )
}

export function TypeName({ type }: { type: string | null }) {
  const label = typeLabel(room.value, type)
  return label === null ? <span class="quiet">{t("noType")}</span> : <strong>{label}</strong>
}

export function TrunkName({ call }: { call: Call }) {
  const kind = call.trunk_kind === "landline" || call.trunk_kind === "mobile" ? t(call.trunk_kind) : call.trunk_kind
  const more = [kind === call.trunk ? undefined : kind, room.value.areas[call.trunk]].filter(Boolean).join(", ")
  return (
    <>
      {call.trunk} {more && <span class="below quiet">{more}</span>}
    </>
  )
}
