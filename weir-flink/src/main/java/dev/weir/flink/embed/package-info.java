/**
 * How a Flink program finds Weir: the executor for target {@code local}, the context environments that
 * {@code getExecutionEnvironment()} asks for, and the {@code JobClient} a program is given.
 *
 * <p>No threads of its own but one that releases a session when its only job has ended. Everything runs on the program's
 * threads and may be called by several programs at once. May import Flink and {@code dev.weir.flink.session}; nothing of
 * flink-clients. Start reading at {@link dev.weir.flink.embed.LocalExecutorFactory} for the IDE, at
 * {@link dev.weir.flink.embed.EnvironmentScope} for programs that are run from a jar.
 */
@NullMarked
package dev.weir.flink.embed;

import org.jspecify.annotations.NullMarked;
