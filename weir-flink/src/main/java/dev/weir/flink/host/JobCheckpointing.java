package dev.weir.flink.host;

import org.apache.flink.runtime.jobgraph.JobVertexID;
import org.apache.flink.runtime.state.CheckpointStreamFactory;
import org.jspecify.annotations.Nullable;

/** What the subtasks of a job ask about its checkpoints, and where their state is. Thread-safe. */
public interface JobCheckpointing {

    /** Where a subtask's state of a checkpoint that has begun is written. */
    CheckpointStreamFactory streams(long checkpointId, JobVertexID vertex, int subtask);

    /** The slot of a subtask, the same in all its attempts. */
    int slot(JobVertexID vertex, int subtask);

    /** What a subtask starts from in the present attempt; null where the job starts from nothing. */
    @Nullable
    RestoredSubtask restored(JobVertexID vertex, int subtask);
}
