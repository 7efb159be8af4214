import { effect } from "@preact/signals"
import { render } from "preact"
import { currentSession } from "./api.ts"
import { keepConnected } from "./connection.ts"
import { t } from "./i18n/messages.ts"
import { listen } from "./keys.ts"
import { followAddress, isWall } from "./pages.ts"
import { followAlarms } from "./phone/sounds.ts"
import { playNow } from "./phone/audio.ts"
import { keepPhone } from "./phone/keep.ts"
import { followListening } from "./phone/overhear.ts"
import { followAccount, language, theme } from "./store/settings.ts"
import { begin, end, forget, rings, room, session, tick, told, waiting } from "./store/state.ts"
import { forgetWall, toldWall, wall } from "./store/wall.ts"
import { App } from "./views/App.tsx"
import { followHead } from "./work/head.ts"
import { tellWhoTookIt } from "./work/taken.ts"
import { followWork } from "./work/work.ts"

const AGAIN_MS = 2000

effect(() => {
  document.documentElement.lang = language.value
})
effect(() => {
  document.documentElement.dataset["theme"] = isWall && theme.value === "auto" ? "dark" : theme.value
})
effect(() => {
  if (isWall) {
    document.title = `112 ${wall.value?.city ?? ""}`.trim()
    return
  }
  const count = waiting.value.length
  document.title = `${rings.value ? `${t("ringing")} · ` : count ? `(${count}) ` : ""}112 ${room.value.city}`.trim()
})

effect(() => {
  const current = session.value
  if (!isWall && current !== null && current !== "unknown" && current.role === "wall") location.replace("wall")
})

async function restore(): Promise<void> {
  try {
    const found = await currentSession()
    if (found) followAccount(found.language)
    if (found) begin(found)
    else end(false)
  } catch {
    setTimeout(() => void restore(), AGAIN_MS)
  }
}

const place = document.getElementById("page")
if (place) render(<App />, place)
listen()
followAddress()
if (isWall) {
  keepConnected({ path: "wall", told: toldWall, forget: forgetWall })
} else {
  keepConnected({ path: "live", told, forget, notFor: ["wall"] })
  keepPhone()
  followListening()
  followAlarms()
  followHead()
  followWork()
  tellWhoTookIt()
}
addEventListener("pointerdown", playNow)
addEventListener("keydown", playNow)
setInterval(tick, 1000)
document.addEventListener("visibilitychange", tick)
void restore()
