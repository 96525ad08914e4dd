package dev.weir.engine.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ThreadInfo;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StackSamplerTest {
    private static final Duration LONG = Duration.ofDays(1);

    private final StackSampler sampler = new StackSampler();
    private final CountDownLatch end = new CountDownLatch(1);
    private final CountDownLatch begun = new CountDownLatch(2);

    @AfterEach
    void close() {
        end.countDown();
        sampler.close();
    }

    private Thread started(Runnable body) {
        Thread thread = new Thread(body);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    private void waits() {
        begun.countDown();
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void spins() {
        begun.countDown();
        while (end.getCount() > 0) {
            Thread.onSpinWait();
        }
    }

    private static boolean isIn(ThreadInfo info, String method) {
        return StackSample.of(info).frames().stream()
                .anyMatch(frame -> frame.getMethodName().equals(method));
    }

    @Test
    void everyLookSeesEveryThreadWhereItIs() throws Exception {
        Thread waiting = started(this::waits);
        Thread spinning = started(this::spins);
        begun.await();
        while (waiting.getState() != Thread.State.WAITING) {
            assertThat(Thread.interrupted()).as("out of time").isFalse();
            Thread.onSpinWait();
        }

        Looks seen = sampler.sample(List.of(waiting.getId(), spinning.getId()), 3, Duration.ofMillis(1), 50, LONG)
                .get();

        assertThat(seen.count()).isEqualTo(3);
        assertThat(seen.nanos()).isPositive();
        assertThat(seen.of(waiting.getId()))
                .hasSize(3)
                .allSatisfy(info -> assertThat(StackSample.of(info).onCpu()).isFalse())
                .allMatch(info -> isIn(info, "waits"));
        assertThat(seen.of(spinning.getId()))
                .hasSize(3)
                .allSatisfy(info -> assertThat(StackSample.of(info).onCpu()).isTrue())
                .allMatch(info -> isIn(info, "spins"));
    }

    @Test
    void stacksAreAsDeepAsAsked() throws Exception {
        Thread waiting = started(this::waits);

        Looks seen = sampler.sample(List.of(waiting.getId()), 1, Duration.ZERO, 2, LONG)
                .get();

        assertThat(seen.of(waiting.getId()).get(0).getStackTrace()).hasSizeLessThanOrEqualTo(2);
    }

    @Test
    void itIsDoneWhenNoThreadIsLeft() throws Exception {
        Thread ended = started(() -> {});
        ended.join();

        assertThat(sampler.sample(List.of(ended.getId()), Integer.MAX_VALUE, Duration.ZERO, 10, LONG)
                        .get()
                        .byThread())
                .isEmpty();
    }

    @Test
    void itIsDoneWhenItsTimeIsOver() throws Exception {
        long self = Thread.currentThread().getId();

        assertThat(sampler.sample(List.of(self), Integer.MAX_VALUE, Duration.ZERO, 10, Duration.ofMillis(20))
                        .get()
                        .count())
                .isPositive();
    }

    @Test
    void aClosedSamplerGivesUpWhatIsUnderWay() {
        long self = Thread.currentThread().getId();
        CompletableFuture<?> endless = sampler.sample(List.of(self), Integer.MAX_VALUE, Duration.ZERO, 10, LONG);

        sampler.close();

        assertThatThrownBy(endless::get).hasRootCauseInstanceOf(IllegalStateException.class);
        assertThatThrownBy(sampler.sample(List.of(self), 1, Duration.ZERO, 10, LONG)::get)
                .hasRootCauseInstanceOf(IllegalStateException.class);
    }

    @Test
    void tooManyAreRefused() {
        long self = Thread.currentThread().getId();
        List<CompletableFuture<?>> all = new ArrayList<>();
        for (int i = 0; i < 65; i++) {
            all.add(sampler.sample(List.of(self), Integer.MAX_VALUE, Duration.ofDays(1), 10, LONG));
        }

        assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(1);
    }
}
