/** Everything on the record of one call; what it was can be said here. */

import type { ComponentChildren } from "preact"
import { useEffect, useState } from "preact/hooks"
import { act } from "../../act.ts"
import { ApiError, classify } from "../../api.ts"
import type { CallClass, Disposition } from "../../contract.ts"
import { clockTime, duration, telephone } from "../../format.ts"
import { errorText, languageText, messages, t, wordText } from "../../i18n/messages.ts"
import { wholeCall } from "../../records/api.ts"
import type { Offer, WholeCall } from "../../records/shapes.ts"
import { calls, openIncident, openNextWithoutClass, shelf } from "../../records/store.ts"
import { nameOf } from "../../store/select.ts"
import { end, now, room, session } from "../../store/state.ts"
import { ClassChoice } from "../Classify.tsx"
import { Location } from "../Location.tsx"
import { TypeName } from "../Queue.tsx"
import { lineOf, numberOf, withWhom } from "./CallList.tsx"
import { Detail } from "./Detail.tsx"

interface Props {
  readonly call: string
  readonly close: () => void
}

export function CallDetail({ call, close }: Props) {
  const [shown, show] = useState<WholeCall | null>(null)
  const [failed, fail] = useState("")
  useEffect(() => {
    let wanted = true
    wholeCall(call).then(
      (found) => wanted && show(found),
      (error: unknown) => {
        if (!(error instanceof ApiError)) throw error
        if (error.code === "signed_out") end(true)
        if (wanted) fail(errorText(error))
      },
    )
    return () => (wanted = false)
  }, [call])
  const title = shown ? messages.value.callAt(clockTime(shown.arrived_at)) : t("loading")
  return (
    <Detail title={title} close={close}>
      {failed !== "" && <p class="failed" role="alert">{failed}</p>}
      {shown && <Whole call={shown} change={show} />}
    </Detail>
  )
}

function Whole({ call, change }: { call: WholeCall; change: (call: WholeCall) => void }) {
  return (
    <>
      <p class="caller">
        <bdi class="huge">{numberOf(call)}</bdi>
        <span>
          <TypeName type={call.type} /> <span class="quiet">{lineOf(call)}</span>
        </span>
      </p>
      <Class call={call} change={change} />
      <dl class="facts">
        <Fact name={t("callerName")}>{call.caller_name}</Fact>
        <Fact name={t("sentAs")}>{call.number_raw}</Fact>
        <Fact name={t("dialled")}>{telephone(call.dialled)}</Fact>
        <Fact name={t("location")}>{call.location === "" ? "" : <Location said={call.location} />}</Fact>
        <Fact name={t("waited")}>{duration(call.waited_s)}</Fact>
        <Fact name={t("lasted")}>{duration(call.duration_s)}</Fact>
        <Fact name={t("withWhom")}>{withWhom(call)}</Fact>
        <Fact name={t("outcome")}>{wordText("outcome", call.outcome)}</Fact>
        <Fact name={t("ended")}>{wordText("side", call.side)}</Fact>
        <Fact name={t("cause")}>{call.cause}</Fact>
        <Fact name={t("callerLanguage")}>{languageText(call.language)}</Fact>
        <Fact name={t("keys")}>{call.digits}</Fact>
        <Fact name={t("recording")}>{call.recording ?? ""}</Fact>
      </dl>
      <h3>{t("whoRang")}</h3>
      {call.offers.length === 0 ? <p class="quiet">{t("nobodyRang")}</p> : <Offers call={call} />}
      {call.notes.length > 0 && <h3>{t("systemNotes")}</h3>}
      <ul>
        {call.notes.map((note, place) => (
          <li key={place}>
            <bdi>{note}</bdi>
          </li>
        ))}
      </ul>
    </>
  )
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  if (children === "") return null
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <bdi>{children}</bdi>
      </dd>
    </div>
  )
}

/** What the call was, and who said so; with its incident. */
function Class({ call, change }: { call: WholeCall; change: (call: WholeCall) => void }) {
  const [changing, again] = useState(false)
  const { incident } = call
  if (incident === null) return null
  const say = async (is: CallClass, disposition: Disposition) => {
    if (!(await act("commandFailed", () => classify(incident, call.call, is, disposition)))) return
    const by = session.value && session.value !== "unknown" ? session.value.name : ""
    const said = { ...call, call_class: is, disposition, classified: { at: now.value, by } }
    again(false)
    change(said)
    calls.put(said)
    if (shelf.value === "unclassified") openNextWithoutClass(call.call)
  }
  const open = () => (openIncident.value = { incident, call: call.call })
  return (
    <>
      {call.call_class !== null && (
        <p>
          <strong>{t(`class_${call.call_class}`)}</strong>
          {call.disposition !== null && `, ${t(`disposition_${call.disposition}`)}`}{" "}
          {call.classified && (
            <span class="quiet">{messages.value.saidBy(call.classified.by, clockTime(call.classified.at))}</span>
          )}
        </p>
      )}
      {(call.call_class === null || changing) && <ClassChoice say={say} />}
      <p class="buttons">
        <button type="button" class="button" onClick={open}>
          {t("showIncident")}
        </button>
        {call.call_class !== null && (
          <button type="button" class="button" aria-expanded={changing} onClick={() => again(!changing)}>
            {t("change")}
          </button>
        )}
      </p>
    </>
  )
}

function Offers({ call }: { call: WholeCall }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{t("withWhom")}</th>
          <th scope="col">{t("rangFor")}</th>
          <th scope="col">{t("result")}</th>
        </tr>
      </thead>
      <tbody>
        {call.offers.map((offer, place) => (
          <tr key={place}>
            <td>
              {nameOf(room.value, offer.target)}
              <span class="below quiet">{wordText("kind", offer.kind)}</span>
            </td>
            <td class="time">{duration(rang(offer))}</td>
            <td>
              {wordText("result", offer.result)}
              <span class="below quiet">{offer.cause}</span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function rang(offer: Offer): number {
  return (offer.answered_at ?? offer.ended_at) - offer.offered_at
}
