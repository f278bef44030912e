"""Sends drafts to the platform and follows each to its final status: one loop, one call at a time.

A draft is on record before its request is sent. A draft of a killed push is uncertain and is sent again only
with `--again`: the platform can't say whether it accepted a request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from syncer.connect.retry import Policy, retry
from syncer.errors import Exit, PlatformError, Unanswered
from syncer.protocols import Pace
from syncer.push.drafts import Draft
from syncer.push.limits import PollIntervals, RateLimits
from syncer.push.model import Platform, Push, Pushes, PushState
from syncer.push.tiktok_codes import GONE, PENDING, meaning
from syncer.push.verdicts import (
    STOPPED,
    DraftVerdict,
    earlier_draft,
    ended_draft,
    lost,
    not_sent,
    refused_draft,
    under_way,
)

WAITING = "SEND_TO_USER_INBOX"


@dataclass(frozen=True, slots=True)
class PushOrders:
    wait: float
    """Seconds to follow each draft; 0 only sends it."""
    limits: RateLimits
    patience: PollIntervals
    again: bool = False
    """Sends drafts that were sent before."""
    owned: str | None = None
    """The verified property in the config."""
    policy: Policy = field(default_factory=Policy)


@dataclass(slots=True)
class _Followed:
    push: Push
    due: datetime
    until: datetime
    pause: float
    quiet: bool = False
    """Only checked to learn whether it is still in the inbox."""
    trouble: PlatformError | None = None


@dataclass(slots=True)
class Pusher:
    """The caller holds the lock of `pushes`. `tell` gets each verdict at once."""

    pushes: Pushes
    platform: Platform
    pace: Pace
    orders: PushOrders
    tell: Callable[[DraftVerdict], None]
    note: Callable[[Push], None]
    """Gets each draft that was sent and is now followed."""
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    verdicts: list[DraftVerdict] = field(default_factory=list)
    _queue: deque[Draft] = field(default_factory=deque)
    _open: dict[int, _Followed] = field(default_factory=dict)
    _sends: list[datetime] = field(default_factory=list)
    _looks: list[datetime] = field(default_factory=list)
    _asked_for_room: bool = False

    def run(self, drafts: Sequence[Draft]) -> Exit:
        """Sends and follows these drafts; without drafts, follows those that were sent before."""
        for push in self.pushes.standing(PushState.SENDING):
            self._uncertain(push)
        self._remember_calls()
        if not drafts:
            for push in self.pushes.standing(PushState.SENT):
                self._follow(push)
        for draft in drafts:
            self._take_up(draft)
        while (self._queue or self._open) and not self.pace.stopped():
            self._step()
        if self._queue or self._open:
            self._break_off()
            return Exit.INTERRUPTED
        worst = {verdict.exit for verdict in self.verdicts}
        return next((code for code in (Exit.UNPROVEN, Exit.FAILED) if code in worst), Exit.OK)

    def _break_off(self) -> None:
        for followed in self._open.values():
            if not followed.quiet:
                self._say(under_way(followed.push, None, 0))
        self._hold_back(STOPPED)

    def _remember_calls(self) -> None:
        window = max(self.orders.limits.sends.seconds, self.orders.limits.looks.seconds)
        for push in self.pushes.since(self.clock() - timedelta(seconds=window)):
            self._sends.append(push.sent_at)
            if push.looked_at:
                self._looks.append(push.looked_at)

    def _take_up(self, draft: Draft) -> None:
        earlier = next(filter(None, (self.pushes.latest(asset.identity) for asset in draft.assets)), None)
        if earlier is None or self.orders.again:
            self._queue.append(draft)
        elif earlier.state is PushState.SENT:
            self._follow(earlier)
        elif all(verdict.push is None or verdict.push.number != earlier.number for verdict in self.verdicts):
            self._say(earlier_draft(earlier))

    # The loop

    def _step(self) -> None:
        """Makes one call, or waits until the next one is allowed."""
        now, waits = self.clock(), []
        if self._queue:
            if self._has_room():
                pause = self.orders.limits.sends.wait(self._sends, now)
                if not pause:
                    self._send(self._queue.popleft())
                    return
                waits.append(pause)
            elif not self._open:
                self._make_room()
                return
        if self._open:
            next_one = min(self._open.values(), key=lambda followed: followed.due)
            pause = self.orders.limits.looks.wait(self._looks, now)
            pause = max(pause, (next_one.due - now).total_seconds())
            if pause <= 0:
                self._look(next_one)
                return
            waits.append(pause)
        self.pace.wait(min(waits))

    def _has_room(self) -> bool:
        """Whether the user's inbox has room for one more draft, as far as known."""
        return len(self._pending()) < self.orders.limits.pending.calls

    def _pending(self) -> list[Push]:
        day = self.clock() - timedelta(seconds=self.orders.limits.pending.seconds)
        return [push for push in self.pushes.since(day) if push.sent_at > day and _is_pending(push)]

    def _make_room(self) -> None:
        """Checks once whether the user has posted pending drafts; if there is still no room, holds the rest
        back.
        """
        if self._asked_for_room:
            self._hold_back(PENDING)
            return
        self._asked_for_room = True
        for push in self._pending():
            self._follow(push, quiet=True)

    def _hold_back(self, code: str) -> None:
        while self._queue:
            self._say(not_sent(self._queue.popleft().assets, code))

    # Sending

    def _send(self, draft: Draft) -> None:
        push = self.pushes.add(Push(PushState.SENDING, draft.assets, self.clock()))

        def attempt() -> str:
            if self.pace.wait(self.orders.limits.sends.wait(self._sends, self.clock())):
                raise PlatformError("it was stopped before it was sent", code=STOPPED)
            try:
                return self.platform.send(draft.urls, draft.media, draft.title)
            finally:
                self._sends.append(self.clock())

        try:
            publish_id = retry(attempt, self.pace, self.orders.policy)
        except Unanswered as error:
            self._uncertain(push, error)
            self._hold_back("push.unanswered")
        except PlatformError as error:
            self._refused(draft, push, error)
        else:
            push = replace(push, state=PushState.SENT, publish_id=publish_id, sent_at=self.clock())
            self.pushes.put(push)
            self.note(push)
            self._follow(push)

    def _refused(self, draft: Draft, push: Push, error: PlatformError) -> None:
        now = self.clock()
        push = replace(push, state=PushState.REFUSED, code=error.code, sent_at=now, ended_at=now)
        self.pushes.put(push)
        if self.pace.stopped() and (error.transient or error.code == STOPPED):
            self._queue.appendleft(draft)
            return
        self._say(refused_draft(push, error, self.orders.owned))
        if error.code.startswith("push.") or meaning(error.code).for_all:
            self._hold_back(error.code)

    def _uncertain(self, push: Push, error: Unanswered | None = None) -> None:
        push = replace(push, state=PushState.UNSURE)
        self.pushes.put(push)
        self._say(lost(push, error))

    # Following

    def _follow(self, push: Push, *, quiet: bool = False) -> None:
        if not self.orders.wait and not quiet:
            self._say(under_way(push, None, self.orders.wait))
        elif push.number not in self._open:
            now, first = self.clock(), self.orders.patience.next(None)
            until = now + timedelta(seconds=self.orders.wait)
            due = now if quiet or push.looked_at else now + timedelta(seconds=first)
            self._open[push.number] = _Followed(push, due, until, first, quiet)

    def _look(self, followed: _Followed) -> None:
        push, verdict = followed.push, None
        try:
            said = self.platform.status(push.publish_id or "")
        except PlatformError as error:
            push = replace(push, looked_at=self.clock())
            if error.code == GONE:
                push = replace(push, state=PushState.FAILED, code=GONE, ended_at=push.looked_at)
            followed.push, followed.trouble = push, error
        else:
            push = replace(push, state=said.state, status=said.status, code=said.code, looked_at=self.clock())
            if push.state is not PushState.SENT:
                push = replace(push, ended_at=push.looked_at)
                verdict = ended_draft(push, self.orders.owned)
            followed.push, followed.trouble = push, None
        self.pushes.put(push)
        self._looks.append(self.clock())
        if verdict:
            self._end(followed, verdict)
        elif followed.trouble:
            self._mind(followed.trouble, followed)
        self._later(followed)

    def _mind(self, trouble: PlatformError, followed: _Followed) -> None:
        """Plans another look after a transient error; ends the draft after any other."""
        for_all = meaning(trouble.code).for_all
        concerned = [*self._open.values()] if for_all else [followed]
        for each in concerned:
            if trouble.transient:
                each.pause = max(each.pause, trouble.retry_after or 0)
                each.due = max(each.due, self.clock() + timedelta(seconds=trouble.retry_after or 0))
            else:
                self._end(each, refused_draft(each.push, trouble, None))
        if for_all and not trouble.transient:
            self._hold_back(trouble.code)

    def _later(self, followed: _Followed) -> None:
        now = self.clock()
        if followed.quiet:
            self._open.pop(followed.push.number, None)
        elif followed.push.number in self._open and now >= followed.until:
            self._end(followed, under_way(followed.push, followed.trouble, self.orders.wait))
        left = (followed.until - now).total_seconds()
        followed.due = now + timedelta(seconds=max(0, min(followed.pause, left)))
        followed.pause = self.orders.patience.next(followed.pause)

    def _end(self, followed: _Followed, verdict: DraftVerdict) -> None:
        self._open.pop(followed.push.number, None)
        if not followed.quiet:
            self._say(verdict)

    def _say(self, verdict: DraftVerdict) -> None:
        self.verdicts.append(verdict)
        self.tell(verdict)


def _is_pending(push: Push) -> bool:
    return push.state is PushState.SENT or (push.state is PushState.ARRIVED and push.status == WAITING)
