package dev.weir.engine.job;

import java.time.Duration;

/**
 * What the engine is told about one job besides its dataflow.
 *
 * @param cancellationInterval how often a task that is being cancelled is interrupted ({@code task.cancellation.interval})
 * @param cancellationTimeout after this the watchdog gives the task up ({@code task.cancellation.timeout}); zero: never
 * @param contextClassLoader of every thread of the job
 */
public record JobOptions(Duration cancellationInterval, Duration cancellationTimeout, ClassLoader contextClassLoader) {}
