import { clockTime } from "../../format.ts"
import { messages, t, wordText } from "../../i18n/messages.ts"
import type { IncidentRow } from "../../records/shapes.ts"
import { incidents, openCall, openIncident } from "../../records/store.ts"
import { nameOf } from "../../store/select.ts"
import { room } from "../../store/state.ts"
import { TypeName } from "../Queue.tsx"
import { List, Row } from "./List.tsx"

export function IncidentList() {
  return <List title={t("recordIncidents")} pages={incidents} head={<Head />} row={shown} />
}

function Head() {
  return (
    <>
      <th scope="col">{t("opened")}</th>
      <th scope="col">{t("emergencyType")}</th>
      <th scope="col">{t("field_address")}</th>
      <th scope="col">{t("field_what")}</th>
      <th scope="col" class="wide">{t("operator")}</th>
      <th scope="col">{t("calls")}</th>
      <th scope="col">{t("status")}</th>
    </>
  )
}

function shown(one: IncidentRow) {
  const open = () => {
    openCall.value = null
    openIncident.value = { incident: one.incident, call: "" }
  }
  return (
    <Row
      key={one.incident} text={clockTime(one.opened_at)} open={open}
      opened={openIncident.value?.incident === one.incident}
    >
      <td>
        <TypeName type={one.type} />
      </td>
      <td>
        <bdi class="short">{one.address}</bdi>
        {one.district !== "" && <bdi class="below quiet short">{one.district}</bdi>}
      </td>
      <td>
        <bdi class="short">{one.what}</bdi>
      </td>
      <td class="wide">{one.operator !== null && nameOf(room.value, one.operator)}</td>
      <td class="time">{messages.value.reports(one.calls)}</td>
      <td>
        <span class={`status ${one.status === "open" ? "break" : "out"}`}>{wordText("status", one.status)}</span>
      </td>
    </Row>
  )
}
