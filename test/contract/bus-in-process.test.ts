import { silentLogger } from '../../src/daemon/logging.ts'
import { inProcessBus } from '../../src/hub/bus/in-process.ts'
import { busContract } from './bus.ts'

busContract('in this process', {
  shared: false,
  start: async () => ({
    open: async () => inProcessBus(silentLogger()),
    settle: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  }),
})
