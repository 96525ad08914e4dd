package dev.weir.server;

import dev.weir.client.ProcessLocation;
import dev.weir.flink.session.WeirJob;
import dev.weir.flink.session.WeirSession;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.flink.configuration.ClusterOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.clusterframework.types.ResourceProfile;
import org.apache.flink.runtime.instance.HardwareDescription;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.runtime.jobmanager.scheduler.SlotSharingGroup;
import org.apache.flink.runtime.resourcemanager.ResourceManagerGateway;
import org.apache.flink.runtime.resourcemanager.ResourceOverview;
import org.apache.flink.runtime.resourcemanager.TaskManagerInfoWithSlots;
import org.apache.flink.runtime.resourcemanager.exceptions.UnknownTaskExecutorException;
import org.apache.flink.runtime.rest.messages.ThreadDumpInfo;
import org.apache.flink.runtime.rest.messages.taskmanager.SlotInfo;
import org.apache.flink.runtime.rest.messages.taskmanager.TaskManagerInfo;
import org.apache.flink.runtime.taskexecutor.FileType;
import org.apache.flink.runtime.taskexecutor.TaskExecutorMemoryConfiguration;
import org.apache.flink.util.FlinkException;
import org.jspecify.annotations.Nullable;

/** This process as the only task manager there is. Thread-safe; no method blocks. */
final class ProcessView {
    private final WeirSession session;
    private final Configuration configuration;
    private final LogFiles logs;

    ProcessView(WeirSession session, Configuration configuration, LogFiles logs) {
        this.session = session;
        this.configuration = configuration;
        this.logs = logs;
    }

    /** The task manager's. */
    ResourceID id() {
        return ProcessLocation.id(configuration);
    }

    ResourceOverview resources() {
        int used = used();
        int slots = Math.max(offered(), used);
        return new ResourceOverview(1, slots, slots - used, 0, 0, ResourceProfile.UNKNOWN, ResourceProfile.UNKNOWN);
    }

    /**
     * This view as the resource manager that Flink's handlers of task managers ask. Of its thirty methods they call a few; a
     * call of another fails with its name.
     */
    ResourceManagerGateway asResourceManager() {
        return (ResourceManagerGateway) Proxy.newProxyInstance(
                ResourceManagerGateway.class.getClassLoader(),
                new Class<?>[] {ResourceManagerGateway.class},
                (proxy, method, arguments) -> answer(method, arguments));
    }

    private Object answer(Method method, Object[] arguments) {
        return switch (method.getName()) {
            case "getAddress" -> "weir";
            case "getHostname" -> "localhost";
            case "toString" -> "resource manager of this process";
            case "hashCode" -> System.identityHashCode(this);
            case "equals" -> false;
            case "requestTaskManagerInfo" -> CompletableFuture.completedFuture(List.of(info()));
            case "requestResourceOverview" -> CompletableFuture.completedFuture(resources());
            case "listDataSets" -> CompletableFuture.completedFuture(Map.of());
            case "requestTaskExecutorThreadInfoGateway" -> CompletableFuture.completedFuture(new ThreadInfos(session));
            case "requestTaskManagerDetailsInfo",
                    "requestThreadDump",
                    "requestTaskManagerLogList",
                    "requestTaskManagerFileUploadByType",
                    "requestTaskManagerFileUploadByNameAndType" -> ofTaskManager(method.getName(), arguments);
            default ->
                CompletableFuture.failedFuture(
                        new FlinkException(method.getName() + ": the job manager's page has it, this is one process"));
        };
    }

    private CompletableFuture<?> ofTaskManager(String question, Object[] arguments) {
        ResourceID asked = (ResourceID) arguments[0];
        if (!asked.equals(id())) {
            return CompletableFuture.failedFuture(new UnknownTaskExecutorException(asked));
        }
        return switch (question) {
            case "requestThreadDump" ->
                CompletableFuture.completedFuture(ThreadDumpInfo.dumpAndCreate(
                        configuration.get(ClusterOptions.THREAD_DUMP_STACKTRACE_MAX_DEPTH)));
            case "requestTaskManagerLogList" -> CompletableFuture.completedFuture(logs.list());
            case "requestTaskManagerFileUploadByType" -> logs.handOut((FileType) arguments[1]);
            case "requestTaskManagerFileUploadByNameAndType" -> logs.handOut((String) arguments[1]);
            default -> CompletableFuture.completedFuture(new TaskManagerInfoWithSlots(info(), slots()));
        };
    }

    private TaskManagerInfo info() {
        ResourceOverview slots = resources();
        return new TaskManagerInfo(
                id(),
                "weir",
                -1,
                -1,
                System.currentTimeMillis(),
                slots.getNumberRegisteredSlots(),
                slots.getNumberFreeSlots(),
                running().stream().mapToInt(job -> job.subtasks().size()).sum(),
                ResourceProfile.UNKNOWN,
                ResourceProfile.UNKNOWN,
                HardwareDescription.extractFromSystem(configuration
                        .getOptional(TaskManagerOptions.MANAGED_MEMORY_SIZE)
                        .map(size -> size.getBytes())
                        .orElse(0L)),
                memory(),
                false);
    }

    /** As Flink reads it from a configuration, but that nothing has to be there. */
    private TaskExecutorMemoryConfiguration memory() {
        @Nullable Long frameworkHeap = bytes(TaskManagerOptions.FRAMEWORK_HEAP_MEMORY);
        @Nullable Long taskHeap = bytes(TaskManagerOptions.TASK_HEAP_MEMORY);
        @Nullable Long frameworkOffHeap = bytes(TaskManagerOptions.FRAMEWORK_OFF_HEAP_MEMORY);
        @Nullable Long taskOffHeap = bytes(TaskManagerOptions.TASK_OFF_HEAP_MEMORY);
        @Nullable Long network = bytes(TaskManagerOptions.NETWORK_MEMORY_MAX);
        @Nullable Long managed = bytes(TaskManagerOptions.MANAGED_MEMORY_SIZE);
        @Nullable Long metaspace = bytes(TaskManagerOptions.JVM_METASPACE);
        @Nullable Long overhead = bytes(TaskManagerOptions.JVM_OVERHEAD_MAX);
        @Nullable Long flink = sum(frameworkHeap, taskHeap, frameworkOffHeap, taskOffHeap, network, managed);
        return new TaskExecutorMemoryConfiguration(
                frameworkHeap,
                taskHeap,
                frameworkOffHeap,
                taskOffHeap,
                network,
                managed,
                metaspace,
                overhead,
                flink,
                sum(flink, metaspace, overhead));
    }

    private @Nullable Long bytes(ConfigOption<MemorySize> budget) {
        return configuration.getOptional(budget).map(MemorySize::getBytes).orElse(null);
    }

    /** Null where a part is not known. */
    private static @Nullable Long sum(@Nullable Long... parts) {
        long sum = 0;
        for (@Nullable Long part : parts) {
            if (part == null) {
                return null;
            }
            sum += part;
        }
        return sum;
    }

    private List<SlotInfo> slots() {
        return running().stream()
                .map(job -> new SlotInfo(
                        job.jobId(), ResourceProfile.UNKNOWN, job.subtasks().size()))
                .toList();
    }

    private List<WeirJob> running() {
        return session.jobs().stream()
                .filter(job -> !job.status().isTerminalState())
                .toList();
    }

    private int offered() {
        return configuration.getOptional(TaskManagerOptions.NUM_TASK_SLOTS).orElse(1);
    }

    private int used() {
        return running().stream().mapToInt(ProcessView::slotsOf).sum();
    }

    /** As many as the widest vertex of each slot-sharing group has subtasks. */
    private static int slotsOf(WeirJob job) {
        List<JobVertex> vertices = job.jobGraph().getVerticesSortedTopologicallyFromSources();
        Map<SlotSharingGroup, Integer> byGroup = new HashMap<>();
        for (WeirJob.SubtaskView subtask : job.subtasks()) {
            byGroup.merge(vertices.get(subtask.vertex()).getSlotSharingGroup(), subtask.index() + 1, Math::max);
        }
        return byGroup.values().stream().mapToInt(Integer::intValue).sum();
    }
}
