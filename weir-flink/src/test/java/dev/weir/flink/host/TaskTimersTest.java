package dev.weir.flink.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.flink.util.clock.ManualClock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Timers fire once, after their time, in the order of time and registration; the timer thread is asked for one wake-up. */
class TaskTimersTest {
    private final ManualClock clock = new ManualClock(0);
    private final Wakes executor = new Wakes();
    private final List<Throwable> failures = new ArrayList<>();
    private final TaskTimers timers = new TaskTimers(executor, clock, failures::add);
    private final List<String> fired = new ArrayList<>();

    private record Timer(long timestamp, String name, ScheduledFuture<?> future) {}

    @AfterEach
    void nothingFailed() {
        executor.shutdownNow();
        assertThat(failures).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void firesWhatIsDueAndNotCancelledInOrder(int seed) {
        Random random = new Random(seed);
        List<Timer> open = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            int choice = random.nextInt(10);
            if (choice < 6) {
                // some are due at once, many in the same millisecond
                open.add(register(now() - 2 + random.nextInt(choice < 3 ? 8 : 200), "timer " + i));
            } else if (choice < 9 && !open.isEmpty()) {
                assertThat(open.remove(random.nextInt(open.size())).future().cancel(false))
                        .isTrue();
            } else {
                advance(random.nextInt(30));
                long now = now();
                List<String> due = open.stream()
                        .filter(timer -> timer.timestamp() < now)
                        .sorted(Comparator.comparingLong(Timer::timestamp))
                        .map(Timer::name)
                        .toList();
                assertThat(fired).as("seed %s, step %s", seed, i).containsExactlyElementsOf(due);
                fired.clear();
                open.removeIf(timer -> timer.timestamp() < now);
                assertThat(open).noneMatch(timer -> timer.future().isDone());
            }
            assertThat(executor.open()).hasSizeLessThanOrEqualTo(1);
        }
    }

    @Test
    void firesWhatItWasWokenForAlsoAfterTheClockWasSetBack() {
        register(10, "a");
        register(20, "b");
        Wakes.Wake wake = executor.open().get(0);
        clock.advanceTime(-100, TimeUnit.MILLISECONDS);
        wake.run();
        assertThat(fired).containsExactly("a");
        advance(121);
        assertThat(fired).containsExactly("a", "b");
    }

    @Test
    void timeoutsThatAreCancelledCostOneWakeUp() {
        for (int i = 0; i < 1_000; i++) {
            register(now() + 10_000, "timeout").future().cancel(true);
            clock.advanceTime(i % 2, TimeUnit.MILLISECONDS);
        }
        advance(20_000);
        assertThat(executor.asked).isEqualTo(1);
        assertThat(fired).isEmpty();
    }

    @Test
    void onceQuiescedNothingFires() {
        Timer before = register(5, "before");
        timers.quiesce();
        Timer after = register(6, "after");
        advance(100);
        assertThat(fired).isEmpty();
        assertThat(before.future().isDone()).isFalse();
        assertThat(after.future().cancel(false)).isTrue();
    }

    private long now() {
        return clock.absoluteTimeMillis();
    }

    private Timer register(long timestamp, String name) {
        return new Timer(timestamp, name, timers.registerTimer(timestamp, time -> fired.add(name)));
    }

    private void advance(int millis) {
        clock.advanceTime(millis, TimeUnit.MILLISECONDS);
        executor.runDue();
    }

    /** Takes orders for wake-ups, and delivers when asked. */
    private final class Wakes extends ScheduledThreadPoolExecutor {
        private final List<Wake> wakes = new ArrayList<>();
        private int asked;

        Wakes() {
            super(0);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            asked++;
            Wake wake = new Wake(command, now() + unit.toMillis(delay));
            wakes.add(wake);
            return wake;
        }

        List<Wake> open() {
            wakes.removeIf(FutureTask::isDone);
            return wakes;
        }

        void runDue() {
            for (Wake due = due(); due != null; due = due()) {
                due.run();
            }
        }

        private @Nullable Wake due() {
            return open().stream().filter(wake -> wake.at <= now()).findFirst().orElse(null);
        }

        private final class Wake extends FutureTask<@Nullable Void> implements ScheduledFuture<@Nullable Void> {
            private final long at;

            Wake(Runnable command, long at) {
                super(command, null);
                this.at = at;
            }

            @Override
            public long getDelay(TimeUnit unit) {
                return unit.convert(at - now(), TimeUnit.MILLISECONDS);
            }

            @Override
            public int compareTo(Delayed other) {
                return Long.compare(getDelay(TimeUnit.MILLISECONDS), other.getDelay(TimeUnit.MILLISECONDS));
            }
        }
    }
}
