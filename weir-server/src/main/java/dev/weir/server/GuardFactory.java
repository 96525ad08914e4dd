package dev.weir.server;

import java.util.Map;
import java.util.Optional;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.runtime.io.network.netty.InboundChannelHandlerFactory;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandler;

/**
 * Gives each connection of our server its {@link Guard}, and behind that the {@link ResponseCache} that they share. Flink finds
 * this class as a service, and asks it for every endpoint of the process; those of others, as of a MiniCluster, stay as they
 * are.
 */
public final class GuardFactory implements InboundChannelHandlerFactory {
    /** The configuration of a guarded endpoint: how one endpoint is told from another. */
    static final class Guarded extends Configuration {
        private static final long serialVersionUID = 1L;

        private final transient RestSettings settings;
        private final transient ResponseCache responses = new ResponseCache(System::nanoTime);

        Guarded(RestSettings settings) {
            super(settings.configuration());
            this.settings = settings;
        }
    }

    @Override
    public int priority() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Optional<ChannelHandler> createHandler(Configuration configuration, Map<String, String> responseHeaders) {
        return configuration instanceof Guarded guarded
                ? Optional.of(
                        new Guard.Placement(new Guard(guarded.settings), new ResponseCacheHandler(guarded.responses)))
                : Optional.empty();
    }
}
