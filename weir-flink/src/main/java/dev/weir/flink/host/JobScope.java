package dev.weir.flink.host;

import dev.weir.engine.task.Processor;
import dev.weir.flink.coordination.SubtaskGateway;
import dev.weir.flink.metric.JobMetrics;
import dev.weir.flink.twin.NativeOptions;
import dev.weir.flink.twin.Templates;
import java.io.File;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobInfo;
import org.apache.flink.api.common.JobInfoImpl;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.runtime.broadcast.BroadcastVariableManager;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.io.disk.iomanager.IOManager;
import org.apache.flink.runtime.io.disk.iomanager.IOManagerAsync;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.SharedResources;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.query.KvStateRegistry;
import org.apache.flink.runtime.scheduler.strategy.ExecutionVertexID;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.runtime.util.ConfigurationParserUtils;
import org.apache.flink.util.IOUtils;
import org.apache.flink.util.UserCodeClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * What the subtasks of one job share: its identity and configuration, the user's class loader, timers, accumulators, and
 * the heavier services, which are made on first use. Thread-safe. Closed when no thread of the job is left.
 */
public final class JobScope implements AutoCloseable, GlobalAggregateManager {

    /** The way from a subtask to the coordinators of its operators; any thread, does not block. */
    public interface Coordination {
        /** The subtask can take events from now on; called before its operators are opened. */
        void ready(JobVertexID vertex, int subtask, int attempt, SubtaskGateway gateway);

        void send(OperatorID operator, int subtask, int attempt, OperatorEvent event);

        CompletableFuture<CoordinationResponse> request(OperatorID operator, CoordinationRequest request);

        /** The subtask has passed the barrier of a checkpoint: what coordinators have sent since theirs may follow. */
        void passed(JobVertexID vertex, int subtask, int attempt, long checkpointId);
    }

    private final JobGraph graph;
    private final ExecutionConfig executionConfig;
    private final Configuration clusterConfiguration;
    private final UserCodeClassLoader userLoader;
    private final Coordination coordination;
    private final JobCheckpointing checkpointing;
    private final TaskManagerRuntimeInfo runtimeInfo;
    private final Map<String, Future<Path>> cachedFiles;
    private final File workDirectory;
    private final long managedBytesPerSlot;
    private final JobMetrics metrics;
    private final KvStateRegistry kvStates = new KvStateRegistry();
    private final SharedResources sharedResources = new SharedResources();
    private final BroadcastVariableManager broadcastVariables = new BroadcastVariableManager();
    private final ScheduledThreadPoolExecutor timers;
    private final Map<ExecutionAttemptID, AccumulatorRegistry> accumulators = new ConcurrentHashMap<>();
    private final Map<String, Object> aggregates = new HashMap<>();
    private final InputSplits splits = new InputSplits();
    private final Map<Integer, MemoryManager> memory = new HashMap<>();
    private final NativeOptions.Choice twins;
    private final Templates templates;
    private @Nullable IOManager io;

    public JobScope(
            JobGraph graph,
            ExecutionConfig executionConfig,
            Configuration clusterConfiguration,
            UserCodeClassLoader userLoader,
            Coordination coordination,
            JobCheckpointing checkpointing,
            Map<String, Future<Path>> cachedFiles,
            File workDirectory,
            long managedBytesPerSlot,
            JobMetrics metrics) {
        this.graph = graph;
        this.executionConfig = executionConfig;
        this.clusterConfiguration = clusterConfiguration;
        this.userLoader = userLoader;
        this.coordination = coordination;
        this.checkpointing = checkpointing;
        this.cachedFiles = cachedFiles;
        this.workDirectory = workDirectory;
        this.managedBytesPerSlot = managedBytesPerSlot;
        this.metrics = metrics;
        this.twins = NativeOptions.of(graph.getJobConfiguration(), clusterConfiguration);
        this.templates = new Templates(twins.natively());
        this.runtimeInfo = new ProcessInfo(clusterConfiguration, workDirectory);
        this.timers = new ScheduledThreadPoolExecutor(1, task -> {
            Thread thread = new Thread(task, "Timers of " + graph.getName());
            thread.setDaemon(true);
            thread.setContextClassLoader(userLoader.asClassLoader());
            return thread;
        });
        timers.setRemoveOnCancelPolicy(true);
        timers.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    public JobGraph graph() {
        return graph;
    }

    JobInfo jobInfo() {
        return new JobInfoImpl(graph.getJobID(), graph.getName());
    }

    ExecutionConfig executionConfig() {
        return executionConfig;
    }

    Configuration clusterConfiguration() {
        return clusterConfiguration;
    }

    /** Whether operators that have a twin run on it. */
    NativeOptions.Choice twins() {
        return twins;
    }

    Templates templates() {
        return templates;
    }

    UserCodeClassLoader userLoader() {
        return userLoader;
    }

    Coordination coordination() {
        return coordination;
    }

    JobCheckpointing checkpointing() {
        return checkpointing;
    }

    TaskManagerRuntimeInfo runtimeInfo() {
        return runtimeInfo;
    }

    JobMetrics metrics() {
        return metrics;
    }

    Map<String, Future<Path>> cachedFiles() {
        return cachedFiles;
    }

    KvStateRegistry kvStates() {
        return kvStates;
    }

    SharedResources sharedResources() {
        return sharedResources;
    }

    BroadcastVariableManager broadcastVariables() {
        return broadcastVariables;
    }

    ScheduledThreadPoolExecutor timers() {
        return timers;
    }

    AccumulatorRegistry accumulators(ExecutionAttemptID attempt) {
        // an attempt that failed leaves nothing behind
        accumulators
                .keySet()
                .removeIf(other -> other.getExecutionVertexId().equals(attempt.getExecutionVertexId())
                        && other.getAttemptNumber() < attempt.getAttemptNumber());
        return accumulators.computeIfAbsent(attempt, id -> new AccumulatorRegistry(graph.getJobID(), id));
    }

    /** The registries of all subtasks; they live on after the job. */
    public List<AccumulatorRegistry> accumulators() {
        return List.copyOf(accumulators.values());
    }

    /** The same, by subtask. */
    public Map<ExecutionVertexID, AccumulatorRegistry> accumulatorsBySubtask() {
        Map<ExecutionVertexID, AccumulatorRegistry> bySubtask = new HashMap<>();
        accumulators.forEach((attempt, registry) -> bySubtask.put(attempt.getExecutionVertexId(), registry));
        return bySubtask;
    }

    /** The splits of vertices that read classic input formats. */
    public InputSplits splits() {
        return splits;
    }

    /** What runs a subtask in the present attempt. */
    public Processor processor(HostedVertex vertex, int subtask) {
        RestoredSubtask restored = checkpointing.restored(vertex.id(), subtask);
        return restored != null && restored.finished() ? new FinishedProcessor() : new ChainProcessor(this, vertex);
    }

    /**
     * The managed memory of a subtask's slot, which it shares with those of its index in its slot-sharing group: their
     * operators' fractions add up to one. In batch mode each pipelined region is a group of its own.
     */
    synchronized MemoryManager memory(JobVertexID vertex, int subtask) {
        return memory.computeIfAbsent(
                checkpointing.slot(vertex, subtask),
                slot -> MemoryManager.create(
                        managedBytesPerSlot, ConfigurationParserUtils.getPageSize(clusterConfiguration)));
    }

    /** What operators and state have taken of it, in all slots. */
    public synchronized long managedBytesInUse() {
        return memory.values().stream()
                .mapToLong(slot -> slot.getMemorySize() - slot.availableMemory())
                .sum();
    }

    synchronized IOManager io() {
        if (io == null) {
            io = new IOManagerAsync(workDirectory.getAbsolutePath());
        }
        return io;
    }

    @Override
    @SuppressWarnings("unchecked")
    public <IN, ACC, OUT> OUT updateGlobalAggregate(
            String name, Object aggregand, AggregateFunction<IN, ACC, OUT> function) throws IOException {
        synchronized (aggregates) {
            ACC accumulator = (ACC) aggregates.get(name);
            try {
                accumulator =
                        function.add((IN) aggregand, accumulator == null ? function.createAccumulator() : accumulator);
                aggregates.put(name, accumulator);
                return function.getResult(accumulator);
            } catch (RuntimeException e) {
                // user code that calls this is used to hear of its function's failure as of an asynchronous call's
                throw new IOException("Error updating global aggregate '" + name + "'.", e);
            }
        }
    }

    @Override
    public synchronized void close() {
        timers.shutdownNow();
        memory.values().forEach(MemoryManager::shutdown);
        IOUtils.closeQuietly(io);
    }

    private record ProcessInfo(Configuration configuration, File workDirectory) implements TaskManagerRuntimeInfo {
        @Override
        public Configuration getConfiguration() {
            return configuration;
        }

        @Override
        public String[] getTmpDirectories() {
            return new String[] {workDirectory.getAbsolutePath()};
        }

        @Override
        public boolean shouldExitJvmOnOutOfMemoryError() {
            return false;
        }

        @Override
        public String getTaskManagerExternalAddress() {
            return "localhost";
        }

        @Override
        public String getTaskManagerBindAddress() {
            return "localhost";
        }

        @Override
        public File getTmpWorkingDirectory() {
            return workDirectory;
        }
    }
}
