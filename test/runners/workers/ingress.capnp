using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [(name = "main", worker = .ingress)],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const ingress :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = "2026-07-01",
  durableObjectNamespaces = [(className = "Orders", uniqueKey = "orders")],
  durableObjectStorage = (inMemory = void),
  bindings = [(name = "ORDERS", durableObjectNamespace = "Orders")],
);
