package dev.weir.flink.state.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.testing.wait.Waits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class TransfersTest {
    private final AtomicInteger running = new AtomicInteger();

    /** Does not mind being interrupted. */
    private Integer stubborn(CountDownLatch begun) {
        int before = running.getAndIncrement();
        begun.countDown();
        Waits.stubbornly(200);
        running.decrementAndGet();
        return before;
    }

    @Test
    void whatHasBegunIsOverWhenOneFails() {
        try (Transfers transfers = new Transfers(3)) {
            CountDownLatch begun = new CountDownLatch(2);
            List<Callable<Integer>> tasks = new ArrayList<>();
            tasks.add(() -> {
                begun.await();
                throw new IOException("disk is full");
            });
            for (int i = 0; i < 6; i++) {
                tasks.add(() -> stubborn(begun));
            }

            assertThatThrownBy(() -> transfers.all(tasks)).hasMessage("disk is full");
            assertThat(running).hasValue(0);
            LockSupport.parkNanos(50_000_000);
            assertThat(running).as("begun later").hasValue(0);
        }
    }

    @Test
    void whatHasBegunIsOverWhenTheCallerIsInterrupted() {
        try (Transfers transfers = new Transfers(2)) {
            Thread caller = Thread.currentThread();
            CountDownLatch begun = new CountDownLatch(2);
            Callable<Integer> interrupting = () -> {
                begun.countDown();
                begun.await();
                caller.interrupt();
                return stubborn(begun);
            };

            assertThatThrownBy(() -> transfers.all(List.of(interrupting, () -> stubborn(begun))))
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
            assertThat(running).hasValue(0);
        }
    }
}
