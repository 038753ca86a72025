"""The mail about a notice: plain text, Chinese first, then English. Pure."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from turnout.callbacks.notice_rules import Notice
from turnout.kernel.clock import Instant, to_datetime

_CHINESE = """您好：

接收地址「{name}」已被停用，本服务不再向它发送回调。

  地址：{url}
  停用时间：{at}（UTC）
  连续失败始于：{since}
  最后一次失败：{last}

未送达的消息没有丢失，正在等待。请先检查并修复接收端，然后在控制台恢复该地址，等待中的消息会随即发送：
  {where}"""

_ENGLISH = """Hello,

the callback endpoint "{name}" has been disabled: this server sends nothing more to it.

  Address: {url}
  Disabled at: {at} UTC
  Failing since: {since}
  Last failure: {last}
  {because}

No message is lost; they are waiting. Mend the receiver, then resume the endpoint in the console, and what waited
is sent at once:
  {where}"""


def mail_of(notice: Notice, *, name: str, sender: str, where: str) -> EmailMessage:
    """The mail about this notice. name: its id as text. sender: mail address. where: address of the console page. The same Message-ID each
    time, so that mail systems may show a mail once that was sent twice."""
    facts = notice.facts
    values = {
        "name": facts.name or facts.url,
        "url": facts.url,
        "at": _time(notice.at),
        "since": "—" if facts.failing_since is None else f"{_time(facts.failing_since)} UTC",
        "last": facts.last_explanation or "—",
        "because": facts.because,
        "where": where,
    }
    mail = EmailMessage()
    domain = sender.rpartition("@")[2]
    mail["From"] = Address("Turnout", addr_spec=sender)
    mail["To"] = Address(addr_spec=notice.mail_to)
    mail["Subject"] = f"[Turnout] 接收地址已停用 · Callback endpoint disabled: {values['name'][:80]}"
    mail["Date"] = format_datetime(to_datetime(notice.at))
    mail["Message-ID"] = f"<{name}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # no answer from somebody who is on holiday
    mail.set_content(f"{_CHINESE.format(**values)}\n\n{'-' * 60}\n\n{_ENGLISH.format(**values)}\n", charset="utf-8")
    return mail


def _time(instant: Instant) -> str:
    return f"{to_datetime(instant):%Y-%m-%d %H:%M}"
