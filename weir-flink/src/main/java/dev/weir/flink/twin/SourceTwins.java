package dev.weir.flink.twin;

import java.lang.invoke.MethodHandles;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.lib.NumberSequenceSource;
import org.apache.flink.api.connector.source.util.ratelimit.NoOpRateLimiter;
import org.apache.flink.api.connector.source.util.ratelimit.RateLimiterStrategy;
import org.apache.flink.streaming.api.operators.SourceOperator;
import org.apache.flink.streaming.api.operators.SourceOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.jspecify.annotations.Nullable;

/**
 * Recognises sources that have a twin, and makes twins: the sequence, and the generator that nothing slows down, which also
 * stands behind {@code fromData}. Stateless.
 */
public final class SourceTwins {
    private static final MethodHandles.Lookup HERE = MethodHandles.lookup();

    // A connector that Weir need not have: the program brings it.
    private static final String GENERATOR = "org.apache.flink.connector.datagen.source.";

    private SourceTwins() {}

    /** Whether a source runs natively; null where it is none that is known. */
    static @Nullable Verdict verdict(StreamOperatorFactory<?> factory) {
        if (factory.getClass() != SourceOperatorFactory.class) {
            return null;
        }
        Source<?, ?, ?> source = Internals.read(SourceOperatorFactory.class, "source", factory);
        String name = source.getClass().getSimpleName();
        if (source.getClass() != NumberSequenceSource.class && !isGenerator(source)) {
            return null;
        }
        if (!Internals.<Boolean>read(SourceOperatorFactory.class, "emitProgressiveWatermarks", factory)) {
            return Verdict.no(name + " in batch mode");
        }
        WatermarkStrategy<?> strategy = Internals.read(SourceOperatorFactory.class, "watermarkStrategy", factory);
        if (strategy.getAlignmentParameters().isEnabled()) {
            return Verdict.no(name + " with alignment of watermarks");
        }
        if (isGenerator(source) && !isUnlimited(source)) {
            return Verdict.no(name + " with a limit to its rate");
        }
        return Verdict.yes(name);
    }

    private static boolean isGenerator(Source<?, ?, ?> source) {
        return source.getClass().getName().equals(GENERATOR + "DataGeneratorSource");
    }

    private static boolean isUnlimited(Source<?, ?, ?> source) {
        Object readers = Internals.read(source.getClass(), "sourceReaderFactory", source);
        if (!readers.getClass().getName().equals(GENERATOR + "GeneratorSourceReaderFactory")) {
            return false;
        }
        RateLimiterStrategy<?> strategy = Internals.read(readers.getClass(), "rateLimiterStrategy", readers);
        // those of Flink's that may be asked here are lambdas of the interface; one of the program's own may do
        // anything
        return strategy.getClass().isSynthetic()
                && strategy.getClass().getName().startsWith(RateLimiterStrategy.class.getName() + "$$")
                && strategy.createRateLimiter(1).getClass() == NoOpRateLimiter.class;
    }

    /**
     * The twin of a source whose verdict is native.
     *
     * @param next where its records go
     * @param place of the source in the job, the same for all its subtasks
     */
    public static SourceTwin of(SourceOperator<Object, ?> operator, Link next, Templates templates, String place) {
        return templates.make(HERE, IteratorTwin.class, place, operator, next);
    }
}
