package dev.weir.server;

import dev.weir.client.ExecutionGraphs;
import dev.weir.engine.diagnosis.Looks;
import dev.weir.flink.metric.SubtaskThread;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.messages.TaskThreadInfoResponse;
import org.apache.flink.runtime.messages.ThreadInfoSample;
import org.apache.flink.runtime.taskexecutor.TaskExecutorThreadInfoGateway;
import org.apache.flink.runtime.webmonitor.threadinfo.ThreadInfoSamplesRequest;
import org.apache.flink.util.FlinkException;

/** What Flink's flame graphs are drawn of: stacks of the session's tasks. Thread-safe; does not block. */
final class ThreadInfos implements TaskExecutorThreadInfoGateway {
    private final WeirSession session;

    ThreadInfos(WeirSession session) {
        this.session = session;
    }

    @Override
    public CompletableFuture<TaskThreadInfoResponse> requestThreadInfoSamples(
            Collection<ExecutionAttemptID> attempts, ThreadInfoSamplesRequest request, Duration timeout) {
        Map<Long, ExecutionAttemptID> threads = threads(attempts);
        if (threads.isEmpty()) {
            return CompletableFuture.failedFuture(new FlinkException("the tasks do not run: " + attempts));
        }
        return session.stacks()
                .sample(
                        threads.keySet(),
                        request.getNumSamples(),
                        request.getDelayBetweenSamples(),
                        request.getMaxStackTraceDepth(),
                        timeout)
                .thenApply(seen -> response(threads, seen));
    }

    private Map<Long, ExecutionAttemptID> threads(Collection<ExecutionAttemptID> asked) {
        Map<Long, ExecutionAttemptID> threads = new HashMap<>();
        for (WeirJob job : session.jobs()) {
            for (SubtaskThread each : job.threads()) {
                ExecutionAttemptID attempt =
                        ExecutionGraphs.attemptId(job.jobId(), each.vertex(), each.index(), each.attempt());
                if (asked.contains(attempt)) {
                    threads.put(each.threadId(), attempt);
                }
            }
        }
        return threads;
    }

    private static TaskThreadInfoResponse response(Map<Long, ExecutionAttemptID> threads, Looks seen) {
        Map<ExecutionAttemptID, Collection<ThreadInfoSample>> samples = new HashMap<>();
        threads.forEach((thread, attempt) -> samples.put(
                attempt,
                seen.of(thread).stream()
                        .map(ThreadInfoSample::from)
                        .flatMap(Optional::stream)
                        .toList()));
        return new TaskThreadInfoResponse(samples);
    }
}
