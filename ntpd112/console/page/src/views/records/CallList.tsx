import { clockTime, duration, telephone } from "../../format.ts"
import { t, wordText } from "../../i18n/messages.ts"
import { tableAddress } from "../../records/api.ts"
import type { CallRow } from "../../records/shapes.ts"
import { askedCalls, calls, openCall, openIncident, shelf } from "../../records/store.ts"
import { nameOf } from "../../store/select.ts"
import { language } from "../../store/settings.ts"
import { room } from "../../store/state.ts"
import { TypeName } from "../Queue.tsx"
import { List, Row } from "./List.tsx"

export function CallList() {
  const title = t(shelf.value === "calls" ? "recordCalls" : "recordUnclassified")
  return <List title={title} pages={calls} head={<Head />} row={shown} tools={<Download />} />
}

function Download() {
  return (
    <a class="button small" href={tableAddress(askedCalls(), language.value)} download="112.csv">
      {t("downloadTable")}
    </a>
  )
}

function Head() {
  return (
    <>
      <th scope="col">{t("arrived")}</th>
      <th scope="col">{t("number")}</th>
      <th scope="col">{t("emergencyType")}</th>
      <th scope="col" class="wide">{t("trunk")}</th>
      <th scope="col">{t("waited")}</th>
      <th scope="col" class="wide">{t("lasted")}</th>
      <th scope="col">{t("withWhom")}</th>
      <th scope="col">{t("outcome")}</th>
      <th scope="col">{t("callClass")}</th>
    </>
  )
}

function shown(call: CallRow) {
  const open = () => {
    openIncident.value = null
    openCall.value = call.call
  }
  return (
    <Row key={call.call} text={clockTime(call.arrived_at)} opened={openCall.value === call.call} open={open}>
      <td>
        <bdi class="time short">{numberOf(call)}</bdi>
        {call.caller_name !== "" && <bdi class="below quiet short">{call.caller_name}</bdi>}
      </td>
      <td>
        <TypeName type={call.type} />
      </td>
      <td class="wide">{lineOf(call)}</td>
      <td class="time">{duration(call.waited_s)}</td>
      <td class="time wide">{duration(call.duration_s)}</td>
      <td>{withWhom(call)}</td>
      <td>{wordText("outcome", call.outcome)}</td>
      <td>
        <Said call={call} />
      </td>
    </Row>
  )
}

/** The number as people read it, or what came instead. */
export function numberOf(call: CallRow): string {
  if (call.number !== null) return telephone(call.number)
  return call.number_raw === "" ? t("noNumber") : call.number_raw
}

export function lineOf(call: CallRow): string {
  const kind = call.trunk_kind
  return kind === "landline" || kind === "mobile" ? t(kind) : kind
}

export function withWhom(call: CallRow): string {
  const parties = [call.operator, call.destination].filter((party) => party !== null)
  return parties.map((party) => nameOf(room.value, party)).join(", ")
}

function Said({ call }: { call: CallRow }) {
  if (call.call_class === null) return <span class="quiet">{call.incident === null ? "–" : t("notSaid")}</span>
  return (
    <>
      {t(`class_${call.call_class}`)}
      {call.disposition !== null && <span class="below quiet">{t(`disposition_${call.disposition}`)}</span>}
    </>
  )
}
