package dev.weir.flink.host;

import dev.weir.flink.state.KeyedBackends;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.flink.api.common.ExecutionConfig;
import org.apache.flink.api.common.JobID;
import org.apache.flink.api.common.JobInfo;
import org.apache.flink.api.common.TaskInfo;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.fs.Path;
import org.apache.flink.runtime.accumulators.AccumulatorRegistry;
import org.apache.flink.runtime.broadcast.BroadcastVariableManager;
import org.apache.flink.runtime.checkpoint.CheckpointException;
import org.apache.flink.runtime.checkpoint.CheckpointMetrics;
import org.apache.flink.runtime.checkpoint.TaskStateSnapshot;
import org.apache.flink.runtime.checkpoint.channel.ChannelStateWriteRequestExecutorFactory;
import org.apache.flink.runtime.checkpoint.channel.ChannelStateWriter;
import org.apache.flink.runtime.execution.Environment;
import org.apache.flink.runtime.executiongraph.ExecutionAttemptID;
import org.apache.flink.runtime.externalresource.ExternalResourceInfoProvider;
import org.apache.flink.runtime.io.disk.iomanager.IOManager;
import org.apache.flink.runtime.io.network.TaskEventDispatcher;
import org.apache.flink.runtime.io.network.api.writer.ResultPartitionWriter;
import org.apache.flink.runtime.io.network.partition.consumer.IndexedInputGate;
import org.apache.flink.runtime.jobgraph.JobType;
import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.jobgraph.tasks.InputSplitProvider;
import org.apache.flink.runtime.jobgraph.tasks.TaskOperatorEventGateway;
import org.apache.flink.runtime.memory.MemoryManager;
import org.apache.flink.runtime.memory.SharedResources;
import org.apache.flink.runtime.metrics.groups.TaskMetricGroup;
import org.apache.flink.runtime.operators.coordination.CoordinationRequest;
import org.apache.flink.runtime.operators.coordination.CoordinationResponse;
import org.apache.flink.runtime.operators.coordination.OperatorEvent;
import org.apache.flink.runtime.query.TaskKvStateRegistry;
import org.apache.flink.runtime.state.CheckpointStorageAccess;
import org.apache.flink.runtime.state.KeyedStateBackend;
import org.apache.flink.runtime.state.TaskStateManager;
import org.apache.flink.runtime.taskexecutor.GlobalAggregateManager;
import org.apache.flink.runtime.taskmanager.TaskManagerActions;
import org.apache.flink.runtime.taskmanager.TaskManagerRuntimeInfo;
import org.apache.flink.util.FlinkRuntimeException;
import org.apache.flink.util.SerializedValue;
import org.apache.flink.util.UserCodeClassLoader;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Environment} of one subtask: what hosted operators may ask about the task, the job and the process. The
 * network side is empty, since the engine's exchange takes its place. Owned by the task thread.
 */
final class SubtaskEnvironment implements Environment {
    private final JobScope job;
    private final JobVertexID vertex;
    private final ExecutionAttemptID attemptId;
    private final TaskInfo taskInfo;
    private final Configuration taskConfiguration;
    private final Configuration jobConfiguration;
    private final Consumer<Throwable> failTask;
    private final TaskStateManager states;
    private final TaskMetricGroup metrics;
    private final TaskKvStateRegistry kvStates;
    private final List<KeyedStateBackend<?>> owned = new ArrayList<>(1);
    private boolean shellUnderConstruction = true;
    private @Nullable MailboxExecutor mainMailbox;
    private @Nullable ExecutorService asyncOperations;
    private @Nullable CheckpointStorageAccess checkpointStorage;
    private ChannelStateWriter channelStates = ChannelStateWriter.NO_OP;

    SubtaskEnvironment(
            JobScope job,
            JobVertexID vertex,
            ExecutionAttemptID attemptId,
            TaskInfo taskInfo,
            Configuration taskConfiguration,
            TaskStateManager states,
            Consumer<Throwable> failTask) {
        this.job = job;
        this.vertex = vertex;
        this.attemptId = attemptId;
        this.taskInfo = taskInfo;
        this.taskConfiguration = taskConfiguration;
        this.jobConfiguration = job.graph().getJobConfiguration();
        this.states = states;
        this.failTask = failTask;
        this.metrics = job.metrics().task(attemptId, taskInfo.getTaskName());
        this.kvStates = job.kvStates().createTaskRegistry(job.graph().getJobID(), vertex);
    }

    /**
     * A backend that is disposed of at the end, if its user has not done so, as Flink's adaptor of state V2 never does, and
     * whose memory is given back then.
     */
    void own(KeyedStateBackend<?> made) {
        owned.add(made);
    }

    /** To be called when all operators are closed. */
    void disposeOwned() {
        for (KeyedStateBackend<?> backend : owned) {
            backend.dispose();
            KeyedBackends.release(backend);
        }
        owned.clear();
    }

    /** From now on the job's true configuration is shown. */
    void shellIsBuilt() {
        shellUnderConstruction = false;
    }

    /**
     * While the shell is built it must not load the configured state backend or checkpoint storage, which it would never
     * use: it is shown a configuration with the lightest ones.
     */
    @Override
    public Configuration getJobConfiguration() {
        if (!shellUnderConstruction) {
            return jobConfiguration;
        }
        Configuration light = new Configuration(jobConfiguration);
        light.set(StateBackendOptions.STATE_BACKEND, "hashmap");
        light.set(CheckpointingOptions.CHECKPOINT_STORAGE, "jobmanager");
        light.set(CheckpointingOptions.ENABLE_UNALIGNED, false);
        light.removeConfig(CheckpointingOptions.CHECKPOINTS_DIRECTORY);
        light.removeConfig(CheckpointingOptions.SAVEPOINT_DIRECTORY);
        return light;
    }

    @Override
    public ExecutionConfig getExecutionConfig() {
        return job.executionConfig();
    }

    @Override
    public JobID getJobID() {
        return job.graph().getJobID();
    }

    @Override
    public JobType getJobType() {
        return job.graph().getJobType();
    }

    @Override
    public JobVertexID getJobVertexId() {
        return vertex;
    }

    @Override
    public ExecutionAttemptID getExecutionId() {
        return attemptId;
    }

    @Override
    public Configuration getTaskConfiguration() {
        return taskConfiguration;
    }

    @Override
    public TaskManagerRuntimeInfo getTaskManagerInfo() {
        return job.runtimeInfo();
    }

    @Override
    public TaskMetricGroup getMetricGroup() {
        return metrics;
    }

    @Override
    public JobInfo getJobInfo() {
        return job.jobInfo();
    }

    @Override
    public TaskInfo getTaskInfo() {
        return taskInfo;
    }

    @Override
    public InputSplitProvider getInputSplitProvider() {
        return loader -> job.splits().next(vertex, taskInfo.getIndexOfThisSubtask());
    }

    @Override
    public TaskOperatorEventGateway getOperatorCoordinatorEventGateway() {
        return new TaskOperatorEventGateway() {
            @Override
            public void sendOperatorEventToCoordinator(OperatorID operator, SerializedValue<OperatorEvent> event) {
                job.coordination()
                        .send(operator, taskInfo.getIndexOfThisSubtask(), taskInfo.getAttemptNumber(), read(event));
            }

            @Override
            public CompletableFuture<CoordinationResponse> sendRequestToCoordinator(
                    OperatorID operator, SerializedValue<CoordinationRequest> request) {
                return job.coordination().request(operator, read(request));
            }
        };
    }

    private <T> T read(SerializedValue<T> value) {
        try {
            return value.deserializeValue(job.userLoader().asClassLoader());
        } catch (IOException | ClassNotFoundException e) {
            throw new FlinkRuntimeException(
                    "an operator event of " + taskInfo.getTaskNameWithSubtasks() + " cannot be deserialized", e);
        }
    }

    @Override
    public IOManager getIOManager() {
        return job.io();
    }

    @Override
    public MemoryManager getMemoryManager() {
        return job.memory(vertex, taskInfo.getIndexOfThisSubtask());
    }

    @Override
    public SharedResources getSharedResources() {
        return job.sharedResources();
    }

    @Override
    public UserCodeClassLoader getUserCodeClassLoader() {
        return job.userLoader();
    }

    @Override
    public Map<String, Future<Path>> getDistributedCacheEntries() {
        return job.cachedFiles();
    }

    @Override
    public BroadcastVariableManager getBroadcastVariableManager() {
        return job.broadcastVariables();
    }

    @Override
    public TaskStateManager getTaskStateManager() {
        return states;
    }

    @Override
    public GlobalAggregateManager getGlobalAggregateManager() {
        return job;
    }

    @Override
    public ExternalResourceInfoProvider getExternalResourceInfoProvider() {
        return ExternalResourceInfoProvider.NO_EXTERNAL_RESOURCES;
    }

    @Override
    public AccumulatorRegistry getAccumulatorRegistry() {
        return job.accumulators(attemptId);
    }

    @Override
    public TaskKvStateRegistry getTaskKvStateRegistry() {
        return kvStates;
    }

    @Override
    public void acknowledgeCheckpoint(long checkpointId, CheckpointMetrics checkpointMetrics) {
        throw shellNeverCheckpoints();
    }

    @Override
    public void acknowledgeCheckpoint(
            long checkpointId, CheckpointMetrics checkpointMetrics, TaskStateSnapshot subtaskState) {
        throw shellNeverCheckpoints();
    }

    @Override
    public void declineCheckpoint(long checkpointId, CheckpointException checkpointException) {
        throw shellNeverCheckpoints();
    }

    private static IllegalStateException shellNeverCheckpoints() {
        return new IllegalStateException("the operator shell takes no part in checkpoints");
    }

    @Override
    public void failExternally(Throwable cause) {
        failTask.accept(cause);
    }

    @Override
    public ResultPartitionWriter getWriter(int index) {
        throw new IndexOutOfBoundsException("the engine's exchange has no partition writers; index=" + index);
    }

    @Override
    public ResultPartitionWriter[] getAllWriters() {
        return new ResultPartitionWriter[0];
    }

    @Override
    public IndexedInputGate getInputGate(int index) {
        throw new IndexOutOfBoundsException("the engine's exchange has no input gates; index=" + index);
    }

    @Override
    public IndexedInputGate[] getAllInputGates() {
        return new IndexedInputGate[0];
    }

    @Override
    public TaskEventDispatcher getTaskEventDispatcher() {
        return new TaskEventDispatcher();
    }

    @Override
    public TaskManagerActions getTaskManagerActions() {
        throw new IllegalStateException("there is no task manager in this process");
    }

    @Override
    public void setMainMailboxExecutor(MailboxExecutor mainMailboxExecutor) {
        mainMailbox = mainMailboxExecutor;
    }

    @Override
    public MailboxExecutor getMainMailboxExecutor() {
        return built(mainMailbox);
    }

    @Override
    public void setAsyncOperationsThreadPool(ExecutorService executorService) {
        asyncOperations = executorService;
    }

    @Override
    public ExecutorService getAsyncOperationsThreadPool() {
        return built(asyncOperations);
    }

    @Override
    public void setCheckpointStorageAccess(CheckpointStorageAccess checkpointStorageAccess) {
        checkpointStorage = checkpointStorageAccess;
    }

    @Override
    public CheckpointStorageAccess getCheckpointStorageAccess() {
        return built(checkpointStorage);
    }

    private static <T> T built(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("the operator shell is not built yet");
        }
        return part;
    }

    @Override
    public ChannelStateWriteRequestExecutorFactory getChannelStateExecutorFactory() {
        return new ChannelStateWriteRequestExecutorFactory(getJobID());
    }

    @Override
    public void setChannelStateWriter(ChannelStateWriter channelStateWriter) {
        channelStates = channelStateWriter;
    }

    @Override
    public ChannelStateWriter getChannelStateWriter() {
        return channelStates;
    }
}
