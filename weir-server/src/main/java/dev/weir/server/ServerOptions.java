package dev.weir.server;

import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.configuration.ConfigOptions;

/** Options of the server that Flink does not have. */
public final class ServerOptions {
    public static final ConfigOption<Boolean> ENABLED = ConfigOptions.key("weir.rest.enabled")
            .booleanType()
            .defaultValue(true)
            .withDescription("Whether there is a REST server.");

    /** Its name makes Flink hide its value wherever configuration is shown. */
    public static final ConfigOption<String> TOKEN = ConfigOptions.key("weir.rest.token")
            .stringType()
            .noDefaultValue()
            .withDescription("What every request has to show, as 'Authorization: Bearer TOKEN' or in a browser once as"
                    + " '?token=TOKEN'. Needed beyond loopback.");

    public static final ConfigOption<Boolean> INSECURE = ConfigOptions.key("weir.rest.insecure")
            .booleanType()
            .defaultValue(false)
            .withDescription(
                    "Listens beyond loopback without TLS and token: whoever reaches the port controls the jobs.");

    private ServerOptions() {}
}
