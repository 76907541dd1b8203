import { usersContract } from "@counterpoint/users-contract";
import { openService } from "./open-service.ts";

usersContract(openService);
