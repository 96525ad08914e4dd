package dev.weir.client;

import java.net.InetAddress;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.taskmanager.TaskManagerLocation;

/** Where every task runs, in Flink's terms: this process is the only task manager. */
public final class ProcessLocation {
    public static final ResourceID ID = new ResourceID("weir");

    private ProcessLocation() {}

    /** Nobody can connect to it, so it has no port; and no name that would have to be looked up. */
    static TaskManagerLocation location() {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new TaskManagerLocation(
                ID, loopback, -1, new TaskManagerLocation.IpOnlyHostNameSupplier(loopback), loopback.getHostAddress());
    }
}
