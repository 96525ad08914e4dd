package dev.weir.server;

import dev.weir.client.ExecutionGraphs;
import dev.weir.client.ProcessLocation;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.flink.api.common.ApplicationID;
import org.apache.flink.api.common.ApplicationState;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobStatus;
import org.apache.flink.runtime.application.ArchivedApplication;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.scheduler.ExecutionGraphInfo;

/**
 * What Flink calls applications, the runs of a {@code main}: the jobs of a session by the application that submitted them. A
 * job that names none is the session's own. Pure.
 */
final class Applications {
    private static final ApplicationID NONE = ApplicationID.fromHexString("0".repeat(32));

    private Applications() {}

    static List<ArchivedApplication> of(WeirSession session) {
        Map<ApplicationID, List<WeirJob>> byId = new LinkedHashMap<>();
        for (WeirJob job : session.jobs()) {
            byId.computeIfAbsent(job.jobGraph().getApplicationId().orElse(NONE), id -> new ArrayList<>())
                    .add(job);
        }
        List<ArchivedApplication> applications = new ArrayList<>();
        byId.forEach(
                (id, jobs) -> applications.add(application(id, jobs, ProcessLocation.id(session.configuration()))));
        return applications;
    }

    private static ArchivedApplication application(ApplicationID id, List<WeirJob> jobs, ResourceID process) {
        Map<JobID, ExecutionGraphInfo> graphs = new LinkedHashMap<>();
        jobs.forEach(job -> graphs.put(job.jobId(), ExecutionGraphs.info(job, process)));
        ApplicationState state = state(jobs);
        long begin = jobs.get(0).timestamp(JobStatus.INITIALIZING);
        long end = jobs.stream()
                .mapToLong(job -> job.timestamp(job.status()))
                .max()
                .orElse(begin);
        long[] timestamps = Arrays.stream(ApplicationState.values())
                .mapToLong(each -> switch (each) {
                    case CREATED, RUNNING -> begin;
                    default -> each == state ? end : 0;
                })
                .toArray();
        return new ArchivedApplication(id, jobs.get(0).name(), state, timestamps, graphs, List.of());
    }

    private static ApplicationState state(List<WeirJob> jobs) {
        List<JobStatus> states = jobs.stream().map(WeirJob::status).toList();
        if (states.stream().anyMatch(status -> !status.isTerminalState())) {
            return ApplicationState.RUNNING;
        }
        if (states.contains(JobStatus.FAILED)) {
            return ApplicationState.FAILED;
        }
        return states.contains(JobStatus.FINISHED) ? ApplicationState.FINISHED : ApplicationState.CANCELED;
    }
}
