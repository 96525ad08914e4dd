/**
 * Operator coordinators, run in this process: the split enumerators of sources, the collect sink's coordinator, and
 * whatever else a job vertex brings along.
 *
 * <p>Every call into a coordinator is made on one thread per job, the job's {@link
 * dev.weir.flink.coordination.CoordinationThread}, in the order in which the calls were handed in. Coordinators may use
 * threads of their own; what these send is put back into that order. Events between a coordinator and a subtask are
 * copied by Java serialization, in both directions, so the two never share an object.
 *
 * <p>May import Flink's runtime and core; nothing of the engine, of the session or of the task shell. Start reading at
 * {@link dev.weir.flink.coordination.JobCoordinators}.
 */
@NullMarked
package dev.weir.flink.coordination;

import org.jspecify.annotations.NullMarked;
