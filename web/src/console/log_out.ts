/** Logging out by hand. What is written and not saved is asked about before the login ends: it could not be saved after. */
import { ElMessage } from 'element-plus'
import { useRouter } from 'vue-router'
import { ApiError } from '@/api/call'
import { useErrorText } from '@/ui/words'
import { logOut } from './login'
import { isAnythingUnsaved } from './login_ended'
import { useTask } from './task'
import 'element-plus/theme-chalk/el-message.css'

/** This host's login has ended already. */
const isOut = (failure: unknown): boolean => failure instanceof ApiError && failure.refusal.code === 'not_logged_in'

export function useLogOut(): () => Promise<void> {
  const router = useRouter()
  const errorText = useErrorText()
  const leaving = useTask()
  return async () => {
    const asks = isAnythingUnsaved()
    if (asks && (await router.push('/console/login?again=yes'))) return // the host stays with what is written
    if (await leaving.run(logOut)) {
      await router.push('/console/login')
      return
    }
    if (isOut(leaving.error.value)) {
      await router.push('/console/login?again=yes') // of somebody else's login, if there is one, nothing is shown
      return
    }
    if (leaving.error.value) ElMessage({ message: errorText(leaving.error.value), type: 'error' })
    if (asks) await router.replace('/console')
  }
}
