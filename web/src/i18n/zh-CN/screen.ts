import common from './common'

/** Words of the big screen. */
export default {
  ...common,
  screen: {
    join: '扫码进入',
    soon: '即将开始，扫码等候',
    qr: '观众页二维码',
    checkedIn: '人已签到',
    checkInOver: '签到已结束',
    tapIn: '在手机上点“参加抽奖”',
    sayWord: '在手机上输入口令：{word}',
    entered: '人参加',
    committed: '规则已公布，即将开始',
    closing: '报名已结束，正在锁定名单…',
    rolling: '正在开奖…',
    late: '正在等待公开的随机数',
    round: '由 drand 第 {round} 轮随机数决定，{time} 公布',
    roundWas: '由 drand 第 {round} 轮随机数决定。它应在 {time} 公布，收到后名单会显示在这里。',
    back: '上一页',
    next: '下一页',
    more: '另有 {n} 人',
    nobody: '没有人中奖',
    cancelled: '抽奖已取消',
    timedOut: '抽奖没有结果',
    proofQr: '抽奖证明页的二维码',
    proof: '在手机上就能查验这次抽奖',
  },
}
