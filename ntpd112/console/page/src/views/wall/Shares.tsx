/** How many callers were answered in time, by both clocks, and how many should be. */

import type { WallGoal, WallToday } from "../../contract.ts"
import { messages, t } from "../../i18n/messages.ts"
import { language } from "../../store/settings.ts"
import { share } from "../../store/wall_select.ts"
import { percent } from "../../when.ts"
import { Icon } from "../Icon.tsx"

export function Shares({ today }: { today: WallToday }) {
  return (
    <section class="panel shares">
      <table>
        <thead>
          <tr>
            <td>{t("wallWithin")}</td>
            <th scope="col">{t("wallFromInvite")}</th>
            <th scope="col">{t("wallFromQueue")}</th>
          </tr>
        </thead>
        <tbody>
          {today.goals.map((goal) => (
            <Row key={goal.within_s} goal={goal} today={today} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ goal, today }: { goal: WallGoal; today: WallToday }) {
  return (
    <tr>
      <th scope="row">
        <strong>{messages.value.wallSeconds(goal.within_s)}</strong>
        <span>{messages.value.wallGoal(goal.percent)}</span>
      </th>
      <Cell inTime={goal.from_invite} answered={today.answered} goal={goal.percent} />
      <Cell inTime={goal.from_queue} answered={today.answered - today.answered_past_queue} goal={goal.percent} />
    </tr>
  )
}

function Cell({ inTime, answered, goal }: { inTime: number; answered: number; goal: number }) {
  const found = share(inTime, answered, goal)
  if (found.percent === null) {
    return (
      <td>
        <p class="figure">–</p>
      </td>
    )
  }
  return (
    <td class={found.met ? "met" : "missed"}>
      <p class="figure">{percent(found.percent, language.value)}</p>
      <p class="state">
        <Icon name={found.met ? "check" : "warning"} /> {t(found.met ? "wallMet" : "wallMissed")}
      </p>
    </td>
  )
}
