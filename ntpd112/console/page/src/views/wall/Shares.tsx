/** How many callers were answered in time, by both clocks, and how many should be. Without the records nobody knows. */

import type { WallGoal, WallToday } from "../../contract.ts"
import { messages, t } from "../../i18n/messages.ts"
import { language } from "../../store/settings.ts"
import { share } from "../../store/wall_select.ts"
import { percent } from "../../when.ts"
import { Icon } from "../Icon.tsx"

export function Shares({ today, known }: { today: WallToday; known: boolean }) {
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
            <Row key={goal.within_s} goal={goal} known={known} />
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Row({ goal, known }: { goal: WallGoal; known: boolean }) {
  return (
    <tr>
      <th scope="row">
        <strong>{messages.value.wallSeconds(goal.within_s)}</strong>
        <span>{messages.value.wallGoal(goal.percent)}</span>
      </th>
      <Cell inTime={goal.from_invite} of={known ? goal.of_invite : 0} goal={goal.percent} />
      <Cell inTime={goal.from_queue} of={known ? goal.of_queue : 0} goal={goal.percent} />
    </tr>
  )
}

function Cell({ inTime, of, goal }: { inTime: number; of: number; goal: number }) {
  const found = share(inTime, of, goal)
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
