/**
 * Why a job is held up: who holds it up, and what its time goes into.
 *
 * <p>Pure functions over what was measured, apart from {@link dev.weir.engine.diagnosis.StackSampler} and {@link
 * dev.weir.engine.diagnosis.GarbageCollection}, which ask the JVM: {@link dev.weir.engine.diagnosis.Bottlenecks} finds the
 * vertices, {@link dev.weir.engine.diagnosis.Profile} tells from stacks what they do, {@link
 * dev.weir.engine.diagnosis.Spread} whether their subtasks do alike, {@link dev.weir.engine.diagnosis.SlowPart} what
 * checkpoints wait for. Which frame means what is a table that an adapter brings ({@link
 * dev.weir.engine.diagnosis.FrameTable}). Nothing here runs unless somebody asks. May import figures of tasks and of
 * checkpoints. Start reading at {@link dev.weir.engine.diagnosis.Diagnosis}.
 */
@NullMarked
package dev.weir.engine.diagnosis;

import org.jspecify.annotations.NullMarked;
