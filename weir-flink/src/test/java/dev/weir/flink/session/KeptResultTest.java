package dev.weir.flink.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.flink.session.WeirJob.Result;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.util.SerializedThrowable;
import org.junit.jupiter.api.Test;

/** Whom a job's failure is given as what it is, and whom in bytes. */
class KeptResultTest {
    private static final ClassLoader OF_PROCESS = KeptResultTest.class.getClassLoader();

    /** Cannot be serialized, so it cannot be made again either. */
    private static final class Unspeakable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("UnusedVariable") // is what cannot be written
        final Object stuck = new Object();
    }

    private static Result failed(Throwable failure) {
        return new Result(JobStatus.FAILED, failure, 7, Map.of());
    }

    @Test
    void whoHasAskedBeforeTheEndGetsTheFailureItself() throws Exception {
        try (URLClassLoader user = new URLClassLoader(new URL[0], OF_PROCESS)) {
            KeptResult result = new KeptResult(user);
            CompletableFuture<Result> before = result.future();
            assertThat(result.isComplete()).isFalse();
            Throwable failure = new Unspeakable();

            result.complete(failed(failure));
            result.complete(failed(new IllegalStateException("a second time")));

            assertThat(before.join().failure()).isSameAs(failure);
            assertThat(result.isComplete()).isTrue();
        }
    }

    @Test
    void whoAsksLaterGetsOneThatIsMadeAgain() throws Exception {
        try (URLClassLoader user = new URLClassLoader(new URL[0], OF_PROCESS)) {
            KeptResult result = new KeptResult(user);
            result.complete(failed(new IllegalStateException("outer", new IllegalArgumentException("inner"))));

            Result kept = result.future().join();
            assertThat(kept.failure())
                    .isExactlyInstanceOf(IllegalStateException.class)
                    .hasMessage("outer")
                    .cause()
                    .isExactlyInstanceOf(IllegalArgumentException.class)
                    .hasMessage("inner");
            assertThat(kept.runtimeMillis()).isEqualTo(7);
        }
    }

    @Test
    void whatCannotBeMadeAgainIsToldOf() throws Exception {
        try (URLClassLoader user = new URLClassLoader(new URL[0], OF_PROCESS)) {
            KeptResult result = new KeptResult(user);
            result.complete(failed(new Unspeakable()));

            assertThat(result.future().join().failure())
                    .isInstanceOf(SerializedThrowable.class)
                    .hasMessageContaining("Unspeakable");
        }
    }

    @Test
    void classesOfTheProcessNeedNotGo() {
        KeptResult result = new KeptResult(OF_PROCESS);
        Throwable failure = new Unspeakable();

        result.complete(failed(failure));

        assertThat(result.future().join().failure()).isSameAs(failure);
    }
}
