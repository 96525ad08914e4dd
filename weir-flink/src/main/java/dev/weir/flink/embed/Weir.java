package dev.weir.flink.embed;

import org.apache.flink.configuration.Configuration;

/**
 * For programs in an IDE, a test or a service that must keep flink-clients on the class path. One line before the program
 * asks for its environment sends it to Weir:
 *
 * <pre>{@code
 * Weir.install();
 * StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
 * }</pre>
 *
 * <p>With weir-flink in the place of flink-clients nothing needs to be called. While installed, Flink refuses {@code
 * createLocalEnvironment()}, as it does in any program that a client started.
 *
 * <p>Acts on the whole JVM; thread-safe; does not block. Logging, default handlers and class loaders of the host are left
 * alone.
 */
public final class Weir {
    private Weir() {}

    /** {@link #install(Configuration)} with nothing configured. */
    public static void install() {
        install(new Configuration());
    }

    /**
     * From now on {@code getExecutionEnvironment()} gives environments whose jobs run on Weir in this process, each in a
     * session of its own. Replaces an earlier installation.
     *
     * @param configuration every environment starts from it, as from Flink's {@code config.yaml}; copied
     */
    public static void install(Configuration configuration) {
        ContextEnvironments.installForAll(EnvironmentScope.local(configuration));
    }

    /** Undoes {@link #install}. Jobs that run go on, and so do environments handed out before. */
    public static void uninstall() {
        ContextEnvironments.installForAll(null);
    }
}
