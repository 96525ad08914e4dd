/**
 * Programs that come as jars: opening the jar, the user's class loader, and the call of {@code main} with its environments
 * bound to a session.
 *
 * <p>A program runs on the thread that calls {@link dev.weir.flink.program.ProgramRun#run}; several may run at once. A jar is
 * hostile input: nothing in it is trusted but what {@code main} is allowed to do, which is everything. May import {@code
 * embed}, {@code session}, {@code plan} and Flink. Start reading at {@link dev.weir.flink.program.Program}.
 */
@NullMarked
package dev.weir.flink.program;

import org.jspecify.annotations.NullMarked;
