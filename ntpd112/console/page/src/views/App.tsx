import { t } from "../i18n/messages.ts"
import { isWall, page } from "../pages.ts"
import { ownExtension, session } from "../store/state.ts"
import { Desk } from "./Desk.tsx"
import { Header } from "./Header.tsx"
import { Overview } from "./Overview.tsx"
import { Records } from "./records/Records.tsx"
import { SignIn } from "./SignIn.tsx"
import { Softphone } from "./Softphone.tsx"
import { Wall } from "./wall/Wall.tsx"

export function App() {
  if (session.value === "unknown") return <Loading />
  if (session.value === null) return <SignIn />
  if (isWall) return <Wall />
  return (
    <div class="app">
      <Header />
      <Shown />
      {ownExtension.value !== null && <Softphone />}
    </div>
  )
}

function Shown() {
  if (page.value === "desk") return <Desk />
  return page.value === "records" ? <Records /> : <Overview />
}

function Loading() {
  return (
    <main class="sign-in">
      <h1>
        <span class="badge">112</span> {t("loading")}
      </h1>
    </main>
  )
}
