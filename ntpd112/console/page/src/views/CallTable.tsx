import type { Call } from "../contract.ts"
import { duration, isWithheld, telephone } from "../format.ts"
import { stageText, t, thirdText } from "../i18n/messages.ts"
import { isUnanswered, nameOf } from "../store/select.ts"
import { calls, room } from "../store/state.ts"
import { MoveCall } from "./MoveCall.tsx"
import { Nothing } from "./Nothing.tsx"
import { TrunkName, TypeName } from "./Queue.tsx"
import { Since, Waited } from "./Time.tsx"

export function CallTable() {
  const all = calls.value
  return (
    <section class="panel calls" aria-labelledby="calls-title">
      <h2 id="calls-title">
        {t("calls")} <span class="count">{all.length}</span>
      </h2>
      {all.length === 0 ? (
        <Nothing text={t("noCalls")} />
      ) : (
        <div class="scroll" tabIndex={0} role="group" aria-labelledby="calls-title">
          <table>
            <thead>
              <tr>
                <th scope="col">{t("stateAndTalk")}</th>
                <th scope="col">{t("waited")}</th>
                <th scope="col">{t("emergencyType")}</th>
                <th scope="col">{t("number")}</th>
                <th scope="col">{t("trunk")}</th>
                <th scope="col">{t("withWhom")}</th>
                <th scope="col">
                  <span class="hidden">{t("moveCall")}</span>
                </th>
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

function withWhom(call: Call, waits: boolean): string {
  const others = waits
    ? call.ringing.map((each) => (call.unconfirmed.includes(each) ? `${nameOf(room.value, each)}: ${t("third_unconfirmed")}` : nameOf(room.value, each)))
    : call.speaks_with.map((each) => nameOf(room.value, each))
  const third = call.third !== null && call.third.state !== "speaks" ? [`${nameOf(room.value, call.third.party)}: ${thirdText(call.third)}`] : []
  return [...others, ...third].join(", ")
}

function Row({ call }: { call: Call }) {
  const waits = isUnanswered(call)
  const waited = (call.connected_at ?? call.arrived_at) - call.arrived_at
  return (
    <tr>
      <td>
        {stageText(call.state)}
        {!waits && call.connected_at !== null && (
          <span class="below quiet">
            <Since at={call.connected_at} />
          </span>
        )}
      </td>
      <td>{waits ? <Waited at={call.arrived_at} /> : <span class="time">{duration(waited)}</span>}</td>
      <td>
        <TypeName type={call.type} />
      </td>
      <td class="time">{isWithheld(call.ani) ? t("noNumber") : telephone(call.ani)}</td>
      <td>
        <TrunkName call={call} />
      </td>
      <td>{withWhom(call, waits)}</td>
      <td>
        <MoveCall call={call} />
      </td>
    </tr>
  )
}
