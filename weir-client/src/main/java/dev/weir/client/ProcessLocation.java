package dev.weir.client;

import java.net.InetAddress;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.runtime.clusterframework.types.ResourceID;
import org.apache.flink.runtime.taskmanager.TaskManagerLocation;

/** Where every task runs, in Flink's terms: this process is the only task manager. */
public final class ProcessLocation {
    private ProcessLocation() {}

    /** The task manager's id, as {@code taskmanager.resource-id} of the process says. */
    public static ResourceID id(Configuration process) {
        return new ResourceID(process.get(TaskManagerOptions.TASK_MANAGER_RESOURCE_ID, "weir"));
    }

    /** Nobody can connect to it, so it has no port; and no name that would have to be looked up. */
    static TaskManagerLocation location(ResourceID id) {
        InetAddress loopback = InetAddress.getLoopbackAddress();
        return new TaskManagerLocation(
                id, loopback, -1, new TaskManagerLocation.IpOnlyHostNameSupplier(loopback), loopback.getHostAddress());
    }
}
