package dev.weir.flink.session;

import dev.weir.engine.diagnosis.Diagnosis;
import dev.weir.flink.diagnosis.JobDiagnosis;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Looks at a job for whoever asks, once for all who ask meanwhile. Thread-safe. */
final class SharedDiagnosis {
    private final JobDiagnosis diagnosis;
    private final AtomicReference<@Nullable CompletableFuture<Diagnosis>> diagnosing = new AtomicReference<>();

    SharedDiagnosis(JobDiagnosis diagnosis) {
        this.diagnosis = diagnosis;
    }

    /** Who asks while others wait for the answer gets theirs. */
    CompletableFuture<Diagnosis> of(Supplier<JobDiagnosis.Subject> subject) {
        CompletableFuture<Diagnosis> answer = new CompletableFuture<>();
        CompletableFuture<Diagnosis> others = diagnosing.compareAndExchange(null, answer);
        if (others != null) {
            return others.copy();
        }
        diagnosis.of(subject.get()).whenComplete((found, failure) -> {
            diagnosing.set(null);
            if (failure == null) {
                answer.complete(found);
            } else {
                answer.completeExceptionally(failure);
            }
        });
        return answer.copy();
    }
}
