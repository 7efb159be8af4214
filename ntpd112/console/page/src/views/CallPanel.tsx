/** The operator's own call: who it is, and what can be done with it. */

import type { ComponentChildren } from "preact"
import type { Call } from "../contract.ts"
import { duration, isWithheld, telephone } from "../format.ts"
import { languageText, messages, stageText, t, thirdText } from "../i18n/messages.ts"
import { nameOf, typeLabel } from "../store/select.ts"
import { microphoneLost } from "../phone/audio.ts"
import { incoming, line, talking } from "../phone/phone.ts"
import { phoneOn } from "../store/settings.ts"
import { call as own, ownExtension, rings, room, self } from "../store/state.ts"
import { Answers } from "./Answers.tsx"
import { CallActions } from "./CallActions.tsx"
import { Cards } from "./Cards.tsx"
import { Icon } from "./Icon.tsx"
import { Location } from "./Location.tsx"
import { Nothing } from "./Nothing.tsx"
import { Incoming, Talking } from "./PhoneActions.tsx"
import { TrunkName, TypeName } from "./Queue.tsx"
import { Since, Until, Waited } from "./Time.tsx"

export function CallPanel() {
  const call = own.value
  return (
    <section class={`panel own ${rings.value ? "rings" : ""}`} aria-labelledby="own-title">
      <h2 id="own-title">{t("myCall")}</h2>
      <p class="hidden" role="alert">
        {rings.value && call && announce(call)}
      </p>
      {call === null ? <NoCall /> : <Shown call={call} rings={rings.value} />}
    </section>
  )
}

function announce(call: Call): string {
  return messages.value.incoming(typeLabel(room.value, call.type) ?? t("noType"), number(call))
}

function number(call: Call): string {
  return isWithheld(call.ani) ? t("noNumber") : telephone(call.ani)
}

function NoCall() {
  const current = self.value
  if (current?.activity === "wrap_up" && current.until !== null) {
    return (
      <div class="wrap-up">
        <p class="huge">
          <Icon name="pen" /> {t("wrapUpTitle")}
        </p>
        <p class="huge" role="timer">
          <Until at={current.until} />
        </p>
        <p>{t("wrapUpMore")}</p>
      </div>
    )
  }
  const cure = deadPhone()
  if (current?.presence === "available" && cure !== null) {
    return (
      <p class="unheard" role="alert">
        {cure}
      </p>
    )
  }
  const why = { available: "noCallAvailable", on_break: "noCallBreak", logged_out: "noCallLoggedOut" } as const
  return <Nothing text={current ? t(why[current.presence]) : t("noCall")} />
}

/** Why no call can ring at this operator's phone, and what helps; `null`: one can. */
function deadPhone(): string | null {
  if (microphoneLost.value) return t("microphoneLost")
  const unreachable = self.value?.phone === "unreachable"
  const stands = line.value === "registered" || (line.value === "connecting" && !unreachable)
  if (phoneOn.value && !stands) return t(`line_${line.value}`)
  return unreachable ? t("err_phone_away") : null
}

function Shown({ call, rings }: { call: Call; rings: boolean }) {
  const others = call.speaks_with.filter((other) => other !== ownExtension.value)
  return (
    <>
      <p class="caller">
        <span class="stage">
          <Icon name={rings ? "ring" : "phone"} />
          {rings ? t(incoming.value ? "answerHere" : "pickUp") : stageText(call.state)}
        </span>
        <span class="huge">{number(call)}</span>
        <span class="type">
          <TypeName type={call.type} /> <span class="quiet">{messages.value.priority(call.priority)}</span>
        </span>
      </p>
      {!rings && microphoneLost.value && talking.value && (
        <p class="unheard" role="alert">
          {t("microphoneLost")}
        </p>
      )}
      {!rings && <Unheard call={call} />}
      {!rings && <Answers key={call.call_id} call={call} />}
      <dl>
        <Fact name={t("waitedFor")}>
          {rings || call.connected_at === null ? <Waited at={call.arrived_at} /> : waitedText(call)}
        </Fact>
        {!rings && call.connected_at !== null && (
          <Fact name={t("talkingFor")}>
            <Since at={call.connected_at} />
          </Fact>
        )}
        <Fact name={t("callerLanguage")}>{languageText(call.language)}</Fact>
        <Fact name={t("trunk")}>
          <TrunkName call={call} />
        </Fact>
        {call.location !== "" && (
          <Fact name={t("location")}>
            <Location said={call.location} />
          </Fact>
        )}
        {others.length > 0 && <Fact name={t("withWhom")}>{others.map((other) => nameOf(room.value, other)).join(", ")}</Fact>}
        {call.third !== null && (
          <Fact name={t("thirdParty")}>
            <span role="status">
              {nameOf(room.value, call.third.party)}: {thirdText(call.third)}
            </span>
          </Fact>
        )}
        <Fact name={t("dialled")}>{telephone(call.ddi)}</Fact>
      </dl>
      {rings && <Incoming key={call.call_id} />}
      {!rings && (
        <CallActions key={call.call_id} call={call}>
          <Talking />
        </CallActions>
      )}
      {!rings && <Cards key={call.call_id} />}
    </>
  )
}

/** Silence on the line in words: the operator need not guess whether it is the caller's or the headset's. */
function Unheard({ call }: { call: Call }) {
  const words = (call.unheard ?? []).map((party) => {
    if (party === "") return t("unheardCaller")
    return party === ownExtension.value ? t("unheardOwn") : messages.value.unheardOther(nameOf(room.value, party))
  })
  return words.length > 0 ? (
    <p class="unheard" role="status">
      {words.join(". ")}
    </p>
  ) : null
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function waitedText(call: Call) {
  return <span class="time">{duration((call.connected_at ?? call.arrived_at) - call.arrived_at)}</span>
}
