/** Who waits, and for how long: the first thing to be seen. */

import { duration } from "../../format.ts"
import { t } from "../../i18n/messages.ts"
import { now } from "../../store/state.ts"
import { isLive } from "../../store/wall.ts"
import { level, type Level } from "../../store/wall_select.ts"
import { Icon, type IconName } from "../Icon.tsx"
import { Count } from "./Figure.tsx"

interface Said {
  readonly icon: IconName
  readonly text: "wallUnknown" | "queueEmpty" | "wallSomebody" | "late" | "veryLate" | "nobodyOnDuty"
}

const SAID: Readonly<Record<Level, Said>> = {
  calm: { icon: "clock", text: "wallSomebody" },
  amber: { icon: "warning", text: "late" },
  red: { icon: "alarm", text: "veryLate" },
}

interface Props {
  readonly waiting: number
  readonly since: number | null
  readonly unstaffed: boolean
}

export function Front({ waiting, since, unstaffed }: Props) {
  const waited = since === null ? 0 : Math.max(0, now.value - since)
  const urgent = isLive.value ? (unstaffed ? "red" : level(waited)) : "calm"
  const said = saidOf(since !== null, unstaffed, urgent)
  const longest = isLive.value ? duration(waited) : "–"
  return (
    <section class={`panel front ${urgent}`}>
      <h2>{t("sumWaiting")}</h2>
      <h2>{t("wallLongest")}</h2>
      <Count of={waiting} known={isLive.value} />
      <p class={longest.length > 5 ? "figure long" : "figure"}>{longest}</p>
      <p class="state" role="status">
        <Icon name={said.icon} /> {t(said.text)}
      </p>
    </section>
  )
}

function saidOf(somebody: boolean, unstaffed: boolean, urgent: Level): Said {
  if (!isLive.value) return { icon: "away", text: "wallUnknown" }
  if (unstaffed) return { icon: "alarm", text: "nobodyOnDuty" }
  return somebody ? SAID[urgent] : { icon: "check", text: "queueEmpty" }
}
