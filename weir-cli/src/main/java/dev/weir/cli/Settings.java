package dev.weir.cli;

import dev.weir.server.ServerOptions;
import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigUtils;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.CoreOptions;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.ExecutionOptions;
import org.apache.flink.configuration.GlobalConfiguration;
import org.apache.flink.configuration.JobManagerOptions;
import org.apache.flink.configuration.MetricOptions;
import org.apache.flink.configuration.NettyShuffleEnvironmentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.StateRecoveryOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.configuration.WebOptions;
import org.jspecify.annotations.Nullable;

/**
 * The configuration that a program is started with: {@code config.yaml}, above it {@code -D}, above that options such as
 * {@code -p}. Everything a known option cannot read is refused before anything runs.
 */
final class Settings {
    static final String CONF_DIR = "WEIR_CONF_DIR";
    static final String DATA_DIR = "WEIR_DATA_DIR";
    private static final String CONFIG_YAML = GlobalConfiguration.FLINK_CONF_FILENAME;
    private static final int PARALLELISM_MAX = 1 << 15;

    /** Of the options that programs are commonly started with; the others are read where they are used. */
    private static final List<Class<?>> CHECKED = List.of(
            CoreOptions.class,
            PipelineOptions.class,
            ExecutionOptions.class,
            DeploymentOptions.class,
            TaskManagerOptions.class,
            JobManagerOptions.class,
            NettyShuffleEnvironmentOptions.class,
            CheckpointingOptions.class,
            StateBackendOptions.class,
            StateRecoveryOptions.class,
            RestartStrategyOptions.class,
            MetricOptions.class,
            RestOptions.class,
            WebOptions.class,
            SecurityOptions.class,
            ServerOptions.class);

    private Settings() {}

    static Configuration of(RunOptions options, @Nullable File confDir) throws UsageException {
        Configuration configuration = of(options.properties(), confDir);
        if (options.parallelism() != null) {
            configuration.set(CoreOptions.DEFAULT_PARALLELISM, options.parallelism());
        }
        configuration.set(DeploymentOptions.TARGET, "local");
        configuration.set(
                DeploymentOptions.ATTACHED,
                !options.detached()
                        && configuration.getOptional(DeploymentOptions.ATTACHED).orElse(true));
        checkParallelism(configuration, options.parallelism() != null);
        return configuration;
    }

    /** {@code config.yaml}, and above it pairs of key and value. */
    static Configuration of(List<String> pairs, @Nullable File confDir) throws UsageException {
        Configuration configuration = load(confDir);
        Map<String, String> given = properties(pairs);
        given.forEach(configuration::setString);
        if (confDir != null || !given.isEmpty()) {
            check(configuration);
        }
        return configuration;
    }

    /** Where the job store is, and where processes are found. */
    static Path dataDir(@Nullable String given, Map<String, String> environment) {
        String named = given == null ? environment.get(DATA_DIR) : given;
        return named == null || named.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".weir")
                : Path.of(named).toAbsolutePath();
    }

    /**
     * The directory with {@code config.yaml}, null where none is named and the installation has none.
     *
     * @throws UsageException where one is named that has none
     */
    static @Nullable File confDir(@Nullable String given, Map<String, String> environment) throws UsageException {
        String named = given;
        String by = "--config-dir";
        if (named == null) {
            named = environment.get(CONF_DIR);
            by = CONF_DIR;
        }
        if (named == null || named.isEmpty()) {
            String home = environment.get("WEIR_HOME");
            File conf = home == null ? null : new File(home, "conf");
            return conf != null && new File(conf, CONFIG_YAML).isFile() ? conf : null;
        }
        File dir = new File(named);
        if (!dir.isDirectory()) {
            throw new UsageException(by + "=" + named + ": no such directory");
        }
        if (!new File(dir, CONFIG_YAML).isFile()) {
            throw new UsageException(by + "=" + named + ": has no " + CONFIG_YAML
                    + (new File(dir, "flink-conf.yaml").isFile()
                            ? "; flink-conf.yaml is not read since Flink 2.0, rename it and make it valid YAML"
                            : ""));
        }
        return dir;
    }

    /** What {@code config.yaml} says, nothing without one. */
    static Configuration load(@Nullable File confDir) throws UsageException {
        if (confDir == null) {
            return new Configuration();
        }
        try {
            return GlobalConfiguration.loadConfiguration(confDir.getPath());
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new UsageException(new File(confDir, CONFIG_YAML) + " cannot be read: " + cause.getMessage(), e);
        }
    }

    private static Map<String, String> properties(List<String> given) throws UsageException {
        Map<String, String> properties = new TreeMap<>();
        for (String property : given) {
            int equals = property.indexOf('=');
            if (equals < 0) {
                throw new UsageException(
                        "-D " + property + ": no value; write -D " + property + "=VALUE, a flag as =true");
            }
            String key = property.substring(0, equals).trim();
            if (key.isEmpty() || key.chars().anyMatch(Character::isWhitespace)) {
                throw new UsageException("-D " + property + ": no valid key; write -D KEY=VALUE");
            }
            properties.put(key, property.substring(equals + 1));
        }
        return properties;
    }

    private static void check(Configuration configuration) throws UsageException {
        for (Class<?> options : CHECKED) {
            for (ConfigOption<?> option : ConfigUtils.getAllConfigOptions(options)) {
                try {
                    configuration.getOptional(option);
                } catch (RuntimeException e) {
                    throw new UsageException(
                            "configuration: " + e.getMessage()
                                    + (e.getCause() == null
                                            ? ""
                                            : ": " + e.getCause().getMessage()),
                            e);
                }
            }
        }
    }

    private static void checkParallelism(Configuration configuration, boolean byOption) throws UsageException {
        int parallelism =
                configuration.getOptional(CoreOptions.DEFAULT_PARALLELISM).orElse(1);
        String name = byOption ? "-p: parallelism" : CoreOptions.DEFAULT_PARALLELISM.key();
        if (parallelism < 1) {
            throw new UsageException(name + "=" + parallelism + " < limit=1; give a positive number");
        }
        if (parallelism > PARALLELISM_MAX) {
            throw new UsageException(name + "=" + parallelism + " > limit=" + PARALLELISM_MAX
                    + ", the largest number of key groups there can be");
        }
        int max = configuration.getOptional(PipelineOptions.MAX_PARALLELISM).orElse(-1);
        if (max > 0 && parallelism > max) {
            throw new UsageException(name + "=" + parallelism + " > " + PipelineOptions.MAX_PARALLELISM.key() + "="
                    + max + "; lower the one or raise the other");
        }
    }
}
