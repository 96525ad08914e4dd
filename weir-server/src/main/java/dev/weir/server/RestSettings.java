package dev.weir.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.IllegalConfigurationException;
import org.apache.flink.configuration.RestOptions;
import org.apache.flink.configuration.SecurityOptions;
import org.apache.flink.configuration.WebOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the server is to be, read from Flink's {@code rest.*} and {@code web.*} options: on loopback and at the first free port
 * from 8081 where they say nothing else.
 *
 * @param configuration of Flink's endpoint, with everything said that has another default here
 * @param savepoints where savepoints go for which neither a request nor the configuration names a directory; null where the
 *     configuration does
 * @param bodyBytesMax of one request
 * @param uploadBytesMax of one request that brings files; 0 where jobs are not taken
 * @param warning what the user should hear of his choice, null for nothing
 */
public record RestSettings(
        Configuration configuration,
        @Nullable String savepoints,
        Access access,
        long bodyBytesMax,
        long uploadBytesMax,
        @Nullable String warning) {

    /** How many ports after the first are tried. */
    private static final int PORTS_MORE = 99;

    private static final int PORT_MAX = 65_535;

    /** One picture of a job is drawn for the many requests of a page, and none is older than a person notices. */
    private static final Duration GRAPH_AGE_MAX = Duration.ofMillis(250);

    /** What can stand in a header and in a cookie, and is not soon guessed. */
    private static final String TOKEN_SYNTAX = "[A-Za-z0-9._~+/-]{16,}";

    /** Bodies are JSON of some lines, but for requests to coordinators; they are kept in memory. */
    private static final int BODY_BYTES_MAX = 4 << 20;

    /**
     * Reads the options.
     *
     * @param savepoints as the component
     * @return nothing where there is to be no server
     * @throws IllegalConfigurationException where the options contradict, or would open the jobs to the network by accident
     */
    public static Optional<RestSettings> of(Configuration given, @Nullable String savepoints) {
        if (!given.get(ServerOptions.ENABLED)) {
            return Optional.empty();
        }
        Configuration own = new Configuration(given);
        InetAddress bind = address(given);
        own.set(RestOptions.BIND_ADDRESS, bind.getHostAddress());
        if (!given.contains(RestOptions.ADDRESS)) {
            own.set(RestOptions.ADDRESS, bind.getHostAddress());
        }
        own.set(RestOptions.BIND_PORT, ports(given));
        String origin = origin(given);
        own.set(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN, origin == null ? "http://" + bind.getHostAddress() : origin);
        // what is not there yet is not offered
        own.set(WebOptions.RESCALE_ENABLE, false);
        own.set(RestOptions.ENABLE_PROFILER, false);
        own.set(
                RestOptions.CACHE_EXECUTION_GRAPH_TIMEOUT,
                given.getOptional(RestOptions.CACHE_EXECUTION_GRAPH_TIMEOUT).orElse(GRAPH_AGE_MAX));
        boolean configured = given.contains(CheckpointingOptions.SAVEPOINT_DIRECTORY);
        if (!configured && savepoints != null) {
            own.set(CheckpointingOptions.SAVEPOINT_DIRECTORY, savepoints);
        }
        int bodyBytesMax =
                given.getOptional(RestOptions.SERVER_MAX_CONTENT_LENGTH).orElse(BODY_BYTES_MAX);
        own.set(RestOptions.SERVER_MAX_CONTENT_LENGTH, bodyBytesMax);
        boolean submission = given.getOptional(WebOptions.SUBMIT_ENABLE).orElse(false);
        Access access = new Access(
                Set.of(own.get(RestOptions.ADDRESS).toLowerCase(Locale.ROOT)),
                origin,
                token(given),
                SecurityOptions.isRestSSLEnabled(given));
        if (submission && access.token() == null) {
            throw new IllegalConfigurationException(WebOptions.SUBMIT_ENABLE.key()
                    + "=true runs the code of whoever reaches the port: set " + ServerOptions.TOKEN.key() + " too");
        }
        own.set(WebOptions.SUBMIT_ENABLE, submission);
        return Optional.of(new RestSettings(
                own,
                configured ? null : savepoints,
                access,
                bodyBytesMax,
                submission ? given.get(RestOptions.SERVER_MAX_CONTENT_LENGTH) : 0,
                exposure(given, bind, access)));
    }

    private static InetAddress address(Configuration given) {
        String named = given.getOptional(RestOptions.BIND_ADDRESS).orElse(null);
        if (named == null) {
            return InetAddress.getLoopbackAddress();
        }
        try {
            return InetAddress.getByName(named);
        } catch (UnknownHostException e) {
            throw new IllegalConfigurationException(
                    RestOptions.BIND_ADDRESS.key() + "=" + named + " is no address of this machine", e);
        }
    }

    /** As Flink's, but that without a range the next free port is taken. */
    private static String ports(Configuration given) {
        if (given.containsKey(RestOptions.BIND_PORT.key())) {
            return given.get(RestOptions.BIND_PORT);
        }
        int first = given.get(RestOptions.PORT);
        return first == 0 ? "0" : first + "-" + Math.min(PORT_MAX, first + PORTS_MORE);
    }

    private static @Nullable String origin(Configuration given) {
        String named = given.getOptional(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN).orElse(null);
        if ("*".equals(named)) {
            throw new IllegalConfigurationException(WebOptions.ACCESS_CONTROL_ALLOW_ORIGIN.key()
                    + "=* would let every page that a browser shows control the jobs; name one origin");
        }
        return named;
    }

    private static @Nullable String token(Configuration given) {
        String token = given.getOptional(ServerOptions.TOKEN).orElse(null);
        if (token != null && !token.matches(TOKEN_SYNTAX)) {
            throw new IllegalConfigurationException(
                    ServerOptions.TOKEN.key() + " has to have at least 16 characters, letters, digits and ._~+/- only");
        }
        return token;
    }

    private static @Nullable String exposure(Configuration given, InetAddress bind, Access access) {
        if (bind.isLoopbackAddress() || (access.secure() && access.token() != null)) {
            return null;
        }
        String address = RestOptions.BIND_ADDRESS.key() + "=" + bind.getHostAddress();
        if (given.get(ServerOptions.INSECURE)) {
            return address + ": whoever reaches the port "
                    + (access.token() == null ? "controls the jobs" : "can read the token")
                    + ", as " + ServerOptions.INSECURE.key() + " allows";
        }
        throw new IllegalConfigurationException(address + " is beyond loopback, where TLS and a token are needed: set "
                + SecurityOptions.SSL_REST_ENABLED.key() + " and " + ServerOptions.TOKEN.key() + ", or "
                + ServerOptions.INSECURE.key() + "=true to let whoever reaches the port control the jobs");
    }
}
